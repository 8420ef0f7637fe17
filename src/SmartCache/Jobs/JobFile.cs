using System.Text.Json.Serialization;

namespace SmartCache.Jobs;

/// <summary>The content of <c>uploads/{safe job name}.json</c>: <see cref="UploadState"/> and a few facts of our own. Unknown fields are ignored.</summary>
internal sealed record JobFile
{
    public const int CurrentVersion = 1;

    private const int MaxErrors = 10;
    private const int MaxSources = 16;
    private const int MaxProfileEntries = 256;
    private const int MaxProfiles = 256;

    public int FormatVersion { get; init; } = CurrentVersion;

    public string JobId { get; init; } = "";

    /// <summary>Newest last.</summary>
    public IReadOnlyList<string> SourceHashes { get; init; } = [];

    /// <summary>Newest last.</summary>
    public IReadOnlyList<string> ProfileHashes { get; init; } = [];

    /// <summary>Sources that were fetched ahead for the job and that it has not asked for: it needs them all the same. Newest last.</summary>
    public IReadOnlyList<string>? Announced { get; init; }

    public IReadOnlyDictionary<string, ProfileUploadState> Profiles { get; init; } = new Dictionary<string, ProfileUploadState>();

    public string? FinalHash { get; init; }

    /// <summary>When the job completed or was given up; <see langword="null"/> while it is unfinished.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Of an unfinished job that is only announced anew: when it had ended before.</summary>
    public DateTimeOffset? EndedBefore { get; init; }

    public int Attempts { get; init; }

    public DateTimeOffset? LastAttempt { get; init; }

    public DateTimeOffset LastActivity { get; init; }

    public DateTimeOffset? RetryExpectedAt { get; init; }

    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>Seconds that failed attempts spent on what targets confirmed: what a retry saves.</summary>
    public double SecondsSpent { get; init; }

    public UploadState ToState() => new()
    {
        JobId = JobId,
        SourceContentHash = SourceHashes.Count > 0 ? SourceHashes[^1] : null,
        ProfileEntries = ProfileHashes,
        Profiles = Profiles,
        RootCid = FinalHash,
        Ended = EndedAt is not null,
        Attempts = Attempts,
        LastAttempt = LastAttempt,
        LastActivity = LastActivity,
        RetryExpectedAt = RetryExpectedAt,
        Errors = Errors,
    };

    public JobFile AttemptStarted(IReadOnlyDictionary<string, ProfileUploadState> profiles, DateTimeOffset now) => AttemptProgressed(profiles, now) with
    {
        Attempts = Attempts + 1,
        LastAttempt = now,
        RetryExpectedAt = null,
        FinalHash = null,
        EndedAt = null,
        SecondsSpent = (EndedAt ?? EndedBefore) is null ? SecondsSpent : 0,
    };

    public JobFile AttemptProgressed(IReadOnlyDictionary<string, ProfileUploadState> profiles, DateTimeOffset now) => Alive(now) with { Profiles = Bounded(profiles) };

    public JobFile AttemptFailed(string? error, double secondsSpent, IReadOnlyDictionary<string, ProfileUploadState> profiles, DateTimeOffset now) => AttemptProgressed(profiles, now) with
    {
        Errors = error is null ? Errors : Newest(Errors, error, MaxErrors, distinct: false),
        SecondsSpent = SecondsSpent + secondsSpent,
    };

    public JobFile Completed(string finalHash, IReadOnlyDictionary<string, ProfileUploadState> profiles, DateTimeOffset now) =>
        Ended(now) with { FinalHash = finalHash, Profiles = Bounded(profiles) };

    public JobFile Ended(DateTimeOffset now) => Alive(now) with { EndedAt = now, RetryExpectedAt = null, Announced = null };

    public JobFile RetryExpected(DateTimeOffset at, DateTimeOffset now) => Alive(now) with { RetryExpectedAt = at, EndedAt = null };

    /// <summary>A job that ended after it was touched stays ended, unless a clock that was ahead said so.</summary>
    public JobFile Touched(JobTouch touch, DateTimeOffset now) => Alive(now) with
    {
        EndedAt = EndedAt < now || EndedAt - now > TimeSpan.FromHours(1) ? null : EndedAt,
        SourceHashes = touch.Kind == EntryKind.Source ? Newest(SourceHashes, touch.Entry, MaxSources, distinct: true) : SourceHashes,
        Announced = touch.Kind == EntryKind.Source ? Without(touch.Entry) : Announced,
        ProfileHashes = touch.Kind == EntryKind.Profile ? Newest(ProfileHashes, touch.Entry, MaxProfileEntries, distinct: true) : ProfileHashes,
    };

    /// <summary>Something was fetched ahead for the job, which is about to begin, or to begin again.</summary>
    public JobFile AnnouncedFor(string source, DateTimeOffset now) => Alive(now) with { Announced = Newest(Announced ?? [], source, MaxSources, distinct: true), EndedAt = null, EndedBefore = EndedAt ?? EndedBefore };

    /// <summary>The job is not expected to ask for it any more.</summary>
    /// <returns><see langword="null"/> where it is not announced.</returns>
    public JobFile? Withdrawn(string source, DateTimeOffset now)
    {
        if (Announced is null || !Announced.Contains(source))
        {
            return null;
        }

        // A job of which nothing else is known was only ever announced.
        var left = Without(source);
        return left is not null ? this with { Announced = left } : this with { Announced = null, EndedAt = IsOnlyAnnounced ? now : EndedAt ?? EndedBefore, EndedBefore = null };
    }

    /// <summary>Whether nothing is known of the job but that it is to come.</summary>
    [JsonIgnore]
    public bool IsOnlyAnnounced => Announced is not null && SourceHashes.Count == 0 && ProfileHashes.Count == 0 && Attempts == 0 && RetryExpectedAt is null;

    public bool HasAskedFor(JobTouch touch) => (touch.Kind == EntryKind.Source ? SourceHashes : ProfileHashes).Contains(touch.Entry);

    // Not back in time, unless what is there is from a clock that was wrong.
    private JobFile Alive(DateTimeOffset now) => this with { LastActivity = LastActivity > now && LastActivity - now < TimeSpan.FromDays(1) ? LastActivity : now, EndedBefore = null };

    private List<string>? Without(string source) => Announced?.Where(announced => announced != source).ToList() is { Count: > 0 } left ? left : null;

    private static List<string> Newest(IEnumerable<string> known, string added, int max, bool distinct) =>
        [.. known.Where(value => !distinct || value != added).Append(added).TakeLast(max)];

    private static Dictionary<string, ProfileUploadState> Bounded(IReadOnlyDictionary<string, ProfileUploadState> profiles)
    {
        var bounded = new Dictionary<string, ProfileUploadState>(StringComparer.Ordinal);
        foreach (var (name, state) in profiles.Take(MaxProfiles))
        {
            bounded[SafeJobName.ForStorage(name)] = state;
        }

        return bounded;
    }
}
