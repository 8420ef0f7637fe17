using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Jobs;

/// <summary>
/// The one record of each job: how far its upload is, and which entries it needs while it is unfinished. In its file, which all processes share, and for the jobs
/// that this process met in memory. The only writer of the files, and the only one who tells what becomes of a job. No call ever fails a job: each goes through the boundary.
/// </summary>
/// <param name="access">The upload layer, where the files lie.</param>
/// <param name="saves">For what nobody waits for.</param>
/// <param name="told">Is told all that happens in the cache, and after it what it means for the entries of jobs: for the eviction policy and the history.</param>
internal sealed class JobRecords(LayerAccess access, BackgroundSaves saves, Action<CacheEvent> told)
{
    private const int MaxTouched = 10_000;
    private const int ReadAtOnce = 256;
    private static readonly TimeSpan TouchInterval = TimeSpan.FromMinutes(1);

    private readonly JobStates _states = new(access.Directory);
    private readonly UnfinishedJobs _unfinished = new(access.Settings.Current.UploadStateMaxAge, told);
    private readonly TimesAhead _ahead = new();
    private readonly ConcurrentDictionary<JobTouch, long> _touched = new();

    private TimeSpan MaxAge => access.Settings.Current.UploadStateMaxAge;

    /// <summary>Something happened in a layer: what was asked for belongs to its job.</summary>
    public void Observe(CacheEvent cacheEvent) => _unfinished.Observe(cacheEvent);

    /// <inheritdoc cref="UnfinishedJobs.Annotate"/>
    public void Annotate(Span<EvictionCandidate> candidates, DateTimeOffset now) => _unfinished.Annotate(candidates, now);

    public async ValueTask<UploadState?> LoadAsync(string jobId, CancellationToken cancellationToken)
    {
        Subject.Current ??= new Subject(jobId);
        var read = await access.Boundary.AttemptAsync("read a job's state", null, _ => _states.Read(jobId), cancellationToken).ConfigureAwait(false);
        return read?.ToState() is { } state ? state with { JobId = jobId } : null;
    }

    /// <summary>All states, some at a time: there may be very many.</summary>
    public async IAsyncEnumerable<UploadState> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var paths = await access.Boundary.AttemptAsync<IReadOnlyList<string>>("list jobs", [], pulse => [.. _states.Paths(pulse)], cancellationToken).ConfigureAwait(false);
        foreach (var some in paths.Chunk(ReadAtOnce))
        {
            var states = await access.Boundary.AttemptAsync<IReadOnlyList<UploadState>>(
                "list jobs", [], pulse => [.. _states.ReadAll(some, pulse, Unread).Select(static found => found.State.ToState())], cancellationToken).ConfigureAwait(false);
            foreach (var state in states)
            {
                yield return state;
            }
        }
    }

    /// <summary>How many states there are, as their names say.</summary>
    public ValueTask<int> CountAsync(CancellationToken cancellationToken) =>
        access.Boundary.AttemptAsync("count jobs", 0, pulse => _states.Paths(pulse).Count(), cancellationToken);

    public async ValueTask<bool> RemoveAsync(string jobId, CancellationToken cancellationToken)
    {
        Subject.Current ??= new Subject(jobId);
        ForgetTouches(jobId);
        return await access.Boundary.AttemptAsync(
            "remove a job's state", false, pulse => _states.Delete(SafeJobName.Of(jobId), static _ => false, pulse), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An upload attempt begins.</summary>
    /// <returns>The state with the attempt; <see langword="null"/> where it could not be kept.</returns>
    public ValueTask<JobFile?> AttemptStartedAsync(string jobId, IReadOnlyDictionary<string, ProfileUploadState> profiles, CancellationToken cancellationToken) =>
        ChangeAsync("begin an attempt", jobId, (state, now) => state.AttemptStarted(profiles, now), cancellationToken, isSignOfLife: true);

    /// <summary>How far the attempt is.</summary>
    public ValueTask<JobFile?> AttemptProgressedAsync(string jobId, IReadOnlyDictionary<string, ProfileUploadState> profiles, CancellationToken cancellationToken) =>
        ChangeAsync("note progress", jobId, (state, now) => state.EndedAt is null ? state.AttemptProgressed(profiles, now) : null, cancellationToken, isSignOfLife: true);

    /// <summary>The attempt ended without a result; an <paramref name="error"/> of <see langword="null"/> is a cancellation.</summary>
    public ValueTask<JobFile?> AttemptFailedAsync(
        string jobId, string? error, IReadOnlyDictionary<string, ProfileUploadState> profiles, double secondsSpent, CancellationToken cancellationToken) =>
        ChangeAsync("note a failure", jobId, (state, now) => state.AttemptFailed(error, secondsSpent, profiles, now), cancellationToken, isSignOfLife: true);

    public ValueTask<JobFile?> CompletedAsync(string jobId, string finalHash, IReadOnlyDictionary<string, ProfileUploadState> profiles, CancellationToken cancellationToken)
    {
        ForgetTouches(jobId);
        Tell(CacheEventKind.JobCompleted, jobId);
        return ChangeAsync("complete a job", jobId, (state, now) => state.Completed(finalHash, profiles, now), cancellationToken);
    }

    /// <summary>The job completed or was given up: its entries are no longer protected. A job nobody knows stays unknown.</summary>
    public async ValueTask EndAsync(string jobId, bool finished, CancellationToken cancellationToken)
    {
        ForgetTouches(jobId);
        Tell(finished ? CacheEventKind.JobCompleted : CacheEventKind.JobAbandoned, jobId);
        await ChangeAsync("end a job", jobId, static (state, now) => state.LastActivity == default ? null : state.Ended(now), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A retry is known to come: the job's entries stay protected until then.</summary>
    public async ValueTask ExpectRetryAsync(string jobId, DateTimeOffset at, CancellationToken cancellationToken)
    {
        Observe(new CacheEvent(CacheEventKind.RetryExpected, access.Time.GetUtcNow()) { JobId = jobId, RetryAt = at });
        await ChangeAsync("expect a retry", jobId, (state, now) => state.RetryExpected(at, now), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A source was fetched ahead for the job: it is needed from now on. No request, no use and no retry.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="contentHash">The source.</param>
    /// <param name="announcedAt">When the job was announced: one that ended since stays ended.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask AnnounceAsync(string jobId, string contentHash, DateTimeOffset announcedAt, CancellationToken cancellationToken)
    {
        var (job, key) = (NameHash.Of(jobId), NameHash.Of(ContentName.Of(contentHash)));
        _unfinished.Announce(job, key, access.Time.GetUtcNow());
        var known = await ChangeAsync("announce", jobId, (state, now) => state.EndedAt > announcedAt ? null : state.AnnouncedFor(contentHash, now), cancellationToken, isAnnouncement: true).ConfigureAwait(false);
        if (known is { EndedAt: not null })
        {
            _unfinished.Withdraw(job, key);
        }
    }

    /// <summary>The job is not expected to ask for that source any more.</summary>
    public async ValueTask WithdrawAsync(string jobId, string contentHash, CancellationToken cancellationToken)
    {
        _unfinished.Withdraw(NameHash.Of(jobId), NameHash.Of(ContentName.Of(contentHash)));
        await ChangeAsync("withdraw", jobId, (state, now) => state.Withdrawn(contentHash, now), cancellationToken, isAnnouncement: true).ConfigureAwait(false);
    }

    /// <summary>
    /// A stage worked for the job with this source or this profile. Nobody waits for it; the same touch is written once a minute at most.
    /// A job that ended after this call, but before it was written, stays ended.
    /// </summary>
    /// <param name="touch">The job, and what it worked with.</param>
    /// <param name="whenRetried">Is called, once it is known, if the job had asked for the same before.</param>
    public void Touch(JobTouch touch, Action? whenRetried = null)
    {
        var at = access.Time.GetTimestamp();
        if (touch.Job.Length == 0)
        {
            return;
        }

        if (_touched.TryGetValue(touch, out var last) && access.Time.GetElapsedTime(last, at) < TouchInterval)
        {
            whenRetried?.Invoke();
            return;
        }

        if (_touched.Count >= MaxTouched)
        {
            _touched.Clear();
        }

        _touched[touch] = at;
        var touchedAt = access.Time.GetUtcNow();
        _ = saves.Run(stopping => WriteAsync(touch, touchedAt, whenRetried, stopping));
    }

    /// <summary>What the unfinished jobs of all processes need, by entry; <see langword="null"/> where the jobs could not be read.</summary>
    public ValueTask<IReadOnlyDictionary<string, JobNeed>?> NeededAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        access.Boundary.AttemptAsync<IReadOnlyDictionary<string, JobNeed>?>("read jobs", null, pulse => JobNeed.Of(Unfinished(pulse, now)), cancellationToken);

    /// <summary>The unfinished jobs that are not expired, one at a time. For maintenance, inside its own boundary.</summary>
    public IEnumerable<JobFile> Unfinished(OperationPulse pulse, DateTimeOffset now) =>
        _states.ReadAll(_states.Paths(pulse), pulse, Unread)
            .Where(found => found.State.EndedAt is null && !IsExpired(found.Path, found.State, now))
            .Select(found => found.State with { LastActivity = ActiveAt(found.Path, found.State, now) });

    /// <summary>Removes the states without a sign of life for <c>UploadStateMaxAge</c>. For maintenance, inside its own boundary.</summary>
    public int RemoveExpired(OperationPulse pulse, DateTimeOffset now)
    {
        var removed = 0;
        foreach (var path in _states.Paths(pulse).ToList())
        {
            try
            {
                removed += MayBeExpired(path, now) && _states.Delete(Path.GetFileNameWithoutExtension(path), current => !IsExpired(path, current, now), pulse) ? 1 : 0;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Locked, not ours, or damaged: next time, and the others now.
            }
        }

        return removed;
    }

    // A job that cannot be read is not listed, and what it needs is not protected: that is to be said.
    private void Unread(Exception exception) => access.Boundary.Report("read a job's state", exception);

    /// <summary>Whatever happens to a job writes its file, so that one which was written lately need not be read, and one that says nothing goes by its file's time.</summary>
    private bool MayBeExpired(string path, DateTimeOffset now) =>
        access.Directory.FileSystem.Stat(path) is { } facts
        && now - _ahead.Believe(path, facts.Modified, now) > MaxAge
        && _states.ReadAll([path], OperationPulse.Unwatched(CancellationToken.None), Unread).All(found => IsExpired(path, found.State, now));

    private bool IsExpired(string path, JobFile state, DateTimeOffset now) => now - ActiveAt(path, state, now) > MaxAge;

    // A clock that was ahead would keep a state, and what its job needs, for ever; then the file's own time counts, unless that is ahead too.
    private DateTimeOffset ActiveAt(string path, JobFile state, DateTimeOffset now) =>
        state.LastActivity <= now ? state.LastActivity : _ahead.Believe(path, access.Files.Stat(path)?.Modified ?? default, now);

    private async Task<bool> WriteAsync(JobTouch touch, DateTimeOffset touchedAt, Action? whenRetried, CancellationToken stopping)
    {
        try
        {
            var isRetry = false;
            var written = await ChangeAsync(
                "touch a job",
                touch.Job,
                (state, _) =>
                {
                    isRetry = state.HasAskedFor(touch);
                    return state.Touched(touch, touchedAt);
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
    }

    private void ForgetTouches(string jobId)
    {
        foreach (var touch in _touched.Keys.Where(touch => touch.Job == jobId))
        {
            _touched.TryRemove(touch, out _);
        }
    }

    private void Tell(CacheEventKind kind, string jobId) => Observe(new CacheEvent(kind, access.Time.GetUtcNow()) { JobId = jobId });

    private async ValueTask<JobFile?> ChangeAsync(
        string operation, string jobId, Func<JobFile, DateTimeOffset, JobFile?> change, CancellationToken cancellationToken, bool isSignOfLife = false, bool isAnnouncement = false)
    {
        if (jobId.Length == 0)
        {
            return null;
        }

        Subject.Current ??= new Subject(jobId);
        var now = access.Time.GetUtcNow();
        CacheEventKind? happened = null;
        var changed = await access.Boundary.AttemptAsync(
            operation,
            null,
            pulse => _states.Change(
                jobId,
                state =>
                {
                    var after = change(state, now);
                    happened = isAnnouncement || after is not { EndedAt: null } ? null
                        : state.LastActivity == default || state.EndedAt is not null || state.IsOnlyAnnounced ? CacheEventKind.JobStarted
                        : isSignOfLife ? CacheEventKind.JobActive : null;
                    return after;
                },
                pulse),
            cancellationToken).ConfigureAwait(false);
        if (changed is not null && happened is { } kind)
        {
            Tell(kind, jobId);
        }

        return changed;
    }
}
