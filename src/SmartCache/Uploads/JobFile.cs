namespace SmartCache.Uploads;

/// <summary>The content of <c>uploads/{safe job name}.json</c>: <see cref="UploadState"/> and a few facts of our own. Unknown fields are ignored.</summary>
internal sealed record JobFile
{
    public const int CurrentVersion = 1;

    public int FormatVersion { get; init; } = CurrentVersion;

    public string JobId { get; init; } = "";

    /// <summary>Newest last.</summary>
    public IReadOnlyList<string> SourceHashes { get; init; } = [];

    /// <summary>Newest last.</summary>
    public IReadOnlyList<string> ProfileHashes { get; init; } = [];

    public IReadOnlyDictionary<string, ProfileUploadState> Profiles { get; init; } = new Dictionary<string, ProfileUploadState>();

    public string? FinalHash { get; init; }

    /// <summary>When the job completed or was given up; <see langword="null"/> while it is unfinished.</summary>
    public DateTimeOffset? EndedAt { get; init; }

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
        SourceHash = SourceHashes.Count > 0 ? SourceHashes[^1] : null,
        ProfileHashes = ProfileHashes,
        Profiles = Profiles,
        FinalHash = FinalHash,
        Ended = EndedAt is not null,
        Attempts = Attempts,
        LastAttempt = LastAttempt,
        LastActivity = LastActivity,
        RetryExpectedAt = RetryExpectedAt,
        Errors = Errors,
    };
}
