using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>
/// What is known about jobs: how far each one's upload is, and which entries of the other layers an unfinished one still needs.
/// The only writer of the readable states. No call ever fails a job: each goes through the boundary.
/// </summary>
internal sealed class JobLedger(LayerDirectory layer, CacheBoundary boundary, BackgroundSaves saves, TimeProvider time)
{
    /// <summary>Is told what becomes of the jobs, for the eviction policy.</summary>
    public Action<CacheEvent> Observed { get; set; } = static _ => { };

    private const int MaxErrors = 10;
    private const int MaxSources = 16;
    private const int MaxProfileEntries = 256;
    private const int MaxProfiles = 256;
    private const int MaxTouched = 10_000;
    private const int ReadAtOnce = 256;
    private static readonly TimeSpan TouchInterval = TimeSpan.FromMinutes(1);

    private readonly JobStates _states = new(layer);
    private readonly TimesAhead _ahead = new();
    private readonly ConcurrentDictionary<JobTouch, long> _touched = new();

    public async ValueTask<UploadState?> LoadAsync(string jobId, CancellationToken cancellationToken)
    {
        Subject.Current ??= new Subject(jobId);
        var read = await boundary.AttemptAsync("read a job's state", null, _ => _states.Read(jobId), cancellationToken).ConfigureAwait(false);
        return read?.ToState() is { } state ? state with { JobId = jobId } : null;
    }

    /// <summary>Names of the profile entries that a job was given; none where it is not known.</summary>
    public async ValueTask<IReadOnlyList<string>> ProfilesOfAsync(string jobId, CancellationToken cancellationToken) =>
        (await LoadAsync(jobId, cancellationToken).ConfigureAwait(false))?.ProfileHashes ?? [];

    /// <summary>All states, some at a time: there may be very many.</summary>
    public async IAsyncEnumerable<UploadState> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var paths = await boundary.AttemptAsync<IReadOnlyList<string>>("list jobs", [], pulse => [.. _states.Paths(pulse)], cancellationToken).ConfigureAwait(false);
        foreach (var some in paths.Chunk(ReadAtOnce))
        {
            var states = await boundary.AttemptAsync<IReadOnlyList<UploadState>>(
                "list jobs", [], pulse => [.. JobStates.ReadAll(some, pulse, Unread).Select(static found => found.State.ToState())], cancellationToken).ConfigureAwait(false);
            foreach (var state in states)
            {
                yield return state;
            }
        }
    }

    /// <summary>How many states there are, as their names say.</summary>
    public ValueTask<int> CountAsync(CancellationToken cancellationToken) =>
        boundary.AttemptAsync("count jobs", 0, pulse => _states.Paths(pulse).Count(), cancellationToken);

    public async ValueTask<bool> RemoveAsync(string jobId, CancellationToken cancellationToken)
    {
        Subject.Current ??= new Subject(jobId);
        ForgetTouches(jobId);
        return await boundary.AttemptAsync(
            "remove a job's state", false, pulse => _states.Delete(SafeJobName.Of(jobId), static _ => false, pulse), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An upload attempt begins.</summary>
    /// <returns>The state with the attempt; <see langword="null"/> where it could not be kept.</returns>
    public ValueTask<JobFile?> AttemptStartedAsync(string jobId, IReadOnlyDictionary<string, ProfileUploadState> profiles, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return ChangeAsync(
            "begin an attempt",
            jobId,
            state => state with
            {
                Attempts = state.Attempts + 1,
                LastAttempt = now,
                LastActivity = Later(state.LastActivity, now),
                RetryExpectedAt = null,
                FinalHash = null,
                EndedAt = null,
                SecondsSpent = state.EndedAt is null ? state.SecondsSpent : 0,
                Profiles = Bounded(profiles),
            },
            cancellationToken,
            isSignOfLife: true);
    }

    /// <summary>How far the attempt is.</summary>
    public ValueTask<JobFile?> AttemptProgressedAsync(string jobId, IReadOnlyDictionary<string, ProfileUploadState> profiles, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return ChangeAsync(
            "note progress",
            jobId,
            state => state.EndedAt is null ? state with { LastActivity = Later(state.LastActivity, now), Profiles = Bounded(profiles) } : null,
            cancellationToken,
            isSignOfLife: true);
    }

    /// <summary>The attempt ended without a result; an <paramref name="error"/> of <see langword="null"/> is a cancellation.</summary>
    public ValueTask<JobFile?> AttemptFailedAsync(
        string jobId, string? error, IReadOnlyDictionary<string, ProfileUploadState> profiles, double secondsSpent, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return ChangeAsync(
            "note a failure",
            jobId,
            state => state with
            {
                LastActivity = Later(state.LastActivity, now),
                Errors = error is null ? state.Errors : Newest(state.Errors, error, MaxErrors, distinct: false),
                SecondsSpent = state.SecondsSpent + secondsSpent,
                Profiles = Bounded(profiles),
            },
            cancellationToken,
            isSignOfLife: true);
    }

    public ValueTask<JobFile?> CompletedAsync(string jobId, string finalHash, IReadOnlyDictionary<string, ProfileUploadState> profiles, CancellationToken cancellationToken)
    {
        ForgetTouches(jobId);
        var now = time.GetUtcNow();
        Observed(new CacheEvent(CacheEventKind.JobCompleted, now) { JobId = jobId });
        return ChangeAsync(
            "complete a job",
            jobId,
            state => state with
            {
                FinalHash = finalHash,
                EndedAt = now,
                RetryExpectedAt = null,
                LastActivity = Later(state.LastActivity, now),
                Profiles = Bounded(profiles),
            },
            cancellationToken);
    }

    /// <summary>The job completed or was given up: its entries are no longer protected. A job nobody knows stays unknown.</summary>
    public async ValueTask EndAsync(string jobId, bool finished, CancellationToken cancellationToken)
    {
        ForgetTouches(jobId);
        var now = time.GetUtcNow();
        Observed(new CacheEvent(finished ? CacheEventKind.JobCompleted : CacheEventKind.JobAbandoned, now) { JobId = jobId });
        await ChangeAsync(
            "end a job",
            jobId,
            state => state.LastActivity == default ? null : state with { EndedAt = now, RetryExpectedAt = null, LastActivity = Later(state.LastActivity, now) },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A retry is known to come: the job's entries stay protected until then.</summary>
    public async ValueTask ExpectRetryAsync(string jobId, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        Observed(new CacheEvent(CacheEventKind.RetryExpected, now) { JobId = jobId, RetryAt = at });
        await ChangeAsync(
            "expect a retry",
            jobId,
            state => state with { RetryExpectedAt = at, EndedAt = null, LastActivity = Later(state.LastActivity, now) },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// A stage worked for the job with this source or this profile entry. Nobody waits for it; the same touch is written once a minute at most.
    /// A job that ended after this call, but before it was written, stays ended.
    /// </summary>
    /// <param name="jobId">The job.</param>
    /// <param name="sourceHash">The source.</param>
    /// <param name="profileEntryName">The profile entry.</param>
    /// <param name="whenRetried">Is called, once it is known, if the job had asked for the same before.</param>
    public void Touch(string jobId, string? sourceHash = null, string? profileEntryName = null, Action? whenRetried = null)
    {
        var touch = new JobTouch(jobId, sourceHash, profileEntryName);
        var at = time.GetTimestamp();
        if (jobId.Length == 0)
        {
            return;
        }

        if (_touched.TryGetValue(touch, out var last) && time.GetElapsedTime(last, at) < TouchInterval)
        {
            whenRetried?.Invoke();
            return;
        }

        if (_touched.Count >= MaxTouched)
        {
            _touched.Clear();
        }

        _touched[touch] = at;
        var now = time.GetUtcNow();
        _ = saves.Run(async stopping =>
        {
            try
            {
                var isRetry = false;
                var written = await ChangeAsync(
                    "touch a job",
                    jobId,
                    state =>
                    {
                        isRetry = (sourceHash is not null && state.SourceHashes.Contains(sourceHash))
                            || (profileEntryName is not null && state.ProfileHashes.Contains(profileEntryName));
                        return Touched(state, now, sourceHash, profileEntryName);
                    },
                    stopping).ConfigureAwait(false) is not null;
                if (!written)
                {
                    // The next touch is the one that counts.
                    _touched.TryRemove(touch, out _);
                }

                if (isRetry)
                {
                    whenRetried?.Invoke();
                }

                return written;
            }
            catch (OperationCanceledException)
            {
                return false; // the process ends
            }
        });
    }

    /// <summary>The unfinished jobs that are not expired, one at a time. For maintenance, inside its own boundary.</summary>
    public IEnumerable<UnfinishedJob> Unfinished(OperationPulse pulse, DateTimeOffset now, TimeSpan maxAge) =>
        JobStates.ReadAll(_states.Paths(pulse), pulse, Unread)
            .Where(found => found.State.EndedAt is null && !IsExpired(found.Path, found.State, now, maxAge))
            .Select(found => new UnfinishedJob(found.State.JobId, found.State.SourceHashes, found.State.ProfileHashes, ActiveAt(found.Path, found.State, now), found.State.RetryExpectedAt));

    /// <summary>Removes the states without a sign of life for <paramref name="maxAge"/>. For maintenance, inside its own boundary.</summary>
    public int RemoveExpired(OperationPulse pulse, DateTimeOffset now, TimeSpan maxAge)
    {
        var removed = 0;
        foreach (var path in _states.Paths(pulse).Where(path => MayBeExpired(path, now, maxAge)).ToList())
        {
            try
            {
                removed += _states.Delete(Path.GetFileNameWithoutExtension(path), current => !IsExpired(path, current, now, maxAge), pulse) ? 1 : 0;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Locked or not ours: next time.
            }
        }

        return removed;
    }

    // A job that cannot be read is not listed, and what it needs is not protected: that is to be said.
    private void Unread(Exception exception) => boundary.Report("read a job's state", exception);

    /// <summary>Whatever happens to a job writes its file, so that one which was written lately need not be read, and one that says nothing goes by its file's time.</summary>
    private bool MayBeExpired(string path, DateTimeOffset now, TimeSpan maxAge) =>
        layer.FileSystem.Stat(path) is { } facts
        && now - _ahead.Believe(path, facts.Modified, now) > maxAge
        && JobStates.ReadAll([path], OperationPulse.Unwatched(CancellationToken.None), Unread).All(found => IsExpired(path, found.State, now, maxAge));

    private bool IsExpired(string path, JobFile state, DateTimeOffset now, TimeSpan maxAge) => now - ActiveAt(path, state, now) > maxAge;

    // A clock that was ahead would keep a state, and what its job needs, for ever; then the file's own time counts, unless that is ahead too.
    private DateTimeOffset ActiveAt(string path, JobFile state, DateTimeOffset now) =>
        state.LastActivity <= now ? state.LastActivity : _ahead.Believe(path, new DateTimeOffset(File.GetLastWriteTimeUtc(path)), now);

    private static JobFile? Touched(JobFile state, DateTimeOffset now, string? sourceHash, string? profileEntryName) => state with
    {
        EndedAt = state.EndedAt < now ? null : state.EndedAt,
        LastActivity = Later(state.LastActivity, now),
        SourceHashes = sourceHash is null ? state.SourceHashes : Newest(state.SourceHashes, sourceHash, MaxSources, distinct: true),
        ProfileHashes = profileEntryName is null ? state.ProfileHashes : Newest(state.ProfileHashes, profileEntryName, MaxProfileEntries, distinct: true),
    };

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other && one - other < TimeSpan.FromDays(1) ? one : other;

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

    private async ValueTask<JobFile?> ChangeAsync(
        string operation, string jobId, Func<JobFile, JobFile?> change, CancellationToken cancellationToken, bool isSignOfLife = false)
    {
        if (jobId.Length == 0)
        {
            return null;
        }

        Subject.Current ??= new Subject(jobId);
        CacheEventKind? happened = null;
        var changed = await boundary.AttemptAsync(
            operation,
            null,
            pulse => _states.Change(
                jobId,
                state =>
                {
                    var after = change(state);
                    happened = after is not { EndedAt: null } ? null
                        : state.LastActivity == default || state.EndedAt is not null ? CacheEventKind.JobStarted
                        : isSignOfLife ? CacheEventKind.JobActive : null;
                    return after;
                },
                pulse),
            cancellationToken).ConfigureAwait(false);
        if (changed is not null && happened is { } kind)
        {
            Observed(new CacheEvent(kind, time.GetUtcNow()) { JobId = jobId });
        }

        return changed;
    }

    private void ForgetTouches(string jobId)
    {
        foreach (var touch in _touched.Keys.Where(touch => touch.Job == jobId))
        {
            _touched.TryRemove(touch, out _);
        }
    }
}
