using Microsoft.Extensions.Logging;
using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Jobs;
using SmartCache.Layers;
using SmartCache.Remote;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>
/// The upload layer. Confirmations lie in a journal per target and are found by content, so that a retry under another job id, and a twin, find them;
/// the state per job is a view for people and for the protection of unfinished jobs.
/// </summary>
internal sealed class UploadStateStore(
    LayerAccess access, JobRecords jobs, ContentHasher hasher, BackgroundSaves saves, IUploadPresence? presence, CacheMeter meter) : IUploadStateStore
{
    private const int MaxTargetsAsked = 3;

    private readonly HashedTreeReader _trees = new(access.Files, hasher, access.Time);
    private readonly TargetJournals _journals = new(access);

    public JobRecords Jobs { get; } = jobs;

    public CacheMeter Meter { get; } = meter;

    public ILogger Logger => access.Logger;

    public TimeProvider Time => access.Time;

    /// <summary>Is told what the worker's uploader failed with, and where it was at work. Returns at once and never throws.</summary>
    public Action<Exception, string> StageFailed { get; init; } = static (_, _) => { };

    /// <summary>Is told that an upload of a job failed, with what, and whether there is more reason than that to suspect what was uploaded.</summary>
    public Func<string, Exception, bool, ValueTask> UploadFailed { get; init; } = static (_, _, _) => ValueTask.CompletedTask;

    /// <summary>Which stages of jobs run in this process.</summary>
    public StageActivity Stages { get; init; } = new(access.Time);

    /// <summary>Where hosts of a pool tell each other what targets confirmed.</summary>
    public SharedNotes? Notes { get; init; }

    public LayerDirectory Layer => access.Directory;

    /// <inheritdoc cref="IHistory.Record"/>
    public void Record(HistoryEvent happened, Subject about) => access.Record(happened, about);

    public string LayerName => access.Name;

    public LayerMode Mode => access.Settings.Current is { Enabled: true } current ? current.UploadsMode : LayerMode.Off;

    /// <summary>Why the layer can't be used right now.</summary>
    public Reason? Unavailable => access.Boundary.Unavailable;

    public ValueTask<UploadState?> LoadAsync(string jobId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(jobId);
        return Jobs.LoadAsync(jobId, cancellationToken);
    }

    public ValueTask<bool> RemoveAsync(string jobId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(jobId);
        return Jobs.RemoveAsync(jobId, cancellationToken);
    }

    public IAsyncEnumerable<UploadState> ListAsync(CancellationToken cancellationToken = default) => Jobs.ListAsync(cancellationToken);

    public async Task<IUploadSession> OpenAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        // The upload of a worker that has no decorator, until the session ends.
        Stages.UploadBegins();
        try
        {
            var session = await OpenSessionAsync(request, progress, cancellationToken).ConfigureAwait(false);
            session.Ended = Stages.UploadEnds;
            return session;
        }
        catch
        {
            Stages.UploadEnds();
            throw;
        }
    }

    public async Task<UploadSession> OpenSessionAsync(UploadRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        Subject.Current = new Subject(request.JobId);
        await WaitForHashesAsync(request, cancellationToken).ConfigureAwait(false);
        var tree = await Task.Run(() => _trees.Read(request, progress, cancellationToken), cancellationToken).ConfigureAwait(false);

        Subject.Current = new Subject(request.JobId, Key: tree.Hash);
        var current = access.Settings.Current;
        var policy = SessionPolicy.Of(current, request.Use);
        var shared = Notes is { } notes && (notes.AreRead || notes.AreWritten) ? new SharedSession(notes, saves, Time, tree) : null;
        var session = new UploadSession(new SessionServices(_journals, Jobs, saves, new RecordTrust(current.TrustUploads, Time)) { Shared = shared }, request, tree, policy);
        try
        {
            if (shared is not null && policy is { Reads: true, Offers: true })
            {
                await shared.ReadAsync(cancellationToken).ConfigureAwait(false);
            }

            var preferred = policy.Reads ? await FindPreferredAsync(session, shared?.Targets ?? [], request, current, progress, cancellationToken).ConfigureAwait(false) : null;
            var job = policy.Records
                ? await Jobs.AttemptStartedAsync(request.JobId, session.Profiles(), cancellationToken).ConfigureAwait(false)
                : null;
            if (preferred?.FindTree() is not null)
            {
                await session.LookAgainAsync(preferred, cancellationToken).ConfigureAwait(false);
            }

            session.Settle(preferred, job?.SecondsSpent ?? 0);
            session.IsRetry = job is { Attempts: > 1 };
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Removes expired states, sorts what is closed of the journals and deletes of them what is older than <c>UploadStateMaxAge</c>.
    /// For maintenance, inside its own boundary.
    /// </summary>
    public void Cleanup(OperationPulse pulse, DateTimeOffset now)
    {
        var maxAge = access.Settings.Current.UploadStateMaxAge;
        Layer.EnsureOpen();
        var states = Jobs.RemoveExpired(pulse, now);
        if (states > 0)
        {
            UploadLog.StatesExpired(Logger, states);
        }

        _journals.Run(pulse, now, maxAge);
    }

    /// <summary>The hashes of profiles just encoded are on their way; reading those files a second time would cost more than the wait.</summary>
    private async Task WaitForHashesAsync(UploadRequest request, CancellationToken cancellationToken)
    {
        var pending = request.Profiles.Select(profile => profile.PendingHash).OfType<Task<string?>>().Where(task => !task.IsCompleted).ToList();
        if (pending.Count == 0)
        {
            return;
        }

        try
        {
            await Task.WhenAll(pending).WaitAsync(access.Settings.Current.OperationTimeout, Time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Too slow, or abandoned: then they are computed here.
        }
    }

    private async Task<UploadCheckpoint?> FindPreferredAsync(
        UploadSession session, IEnumerable<UploadTarget> shared, UploadRequest request, CacheSettings current, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (request.Target is { } only)
        {
            var own = await session.CheckpointOfAsync(only, cancellationToken).ConfigureAwait(false);
            await new StaleRecords(own, session.Tree, null, current.UploadStateMaxAge).SettleAsync(null, cancellationToken).ConfigureAwait(false);
            await AskAsync(session, own, current, new CheckingProgress(progress, 1), 0, cancellationToken).ConfigureAwait(false);
            return own;
        }

        var journals = await _journals.ReadAllAsync(session.Tree.Wanted, why => session.WhyUnread = why, cancellationToken).ConfigureAwait(false);
        var checkpoints = new List<UploadCheckpoint>();
        foreach (var records in journals.Where(static records => records.Journal.Key is not null))
        {
            // An anonymous one waits for the uploader to name its target.
            var name = new TargetName(records.Journal.Key!.Value);
            session.Adopt(name, records);
            if (records.Journal.Header is { TargetId.Length: > 0 } header && new UploadTarget(header.TargetId, header.ImportParameters) is var target && TargetName.Of(target) == name)
            {
                var checkpoint = await session.CheckpointOfAsync(target, cancellationToken).ConfigureAwait(false);
                checkpoints.Add(checkpoint);
                await new StaleRecords(checkpoint, session.Tree, null, current.UploadStateMaxAge).SettleAsync(null, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach (var target in shared.Where(target => !checkpoints.Exists(known => TargetName.Of(known.Target) == TargetName.Of(target))).ToList())
        {
            var checkpoint = await session.CheckpointOfAsync(target, cancellationToken).ConfigureAwait(false);
            checkpoints.Add(checkpoint);
            await new StaleRecords(checkpoint, session.Tree, null, current.UploadStateMaxAge).SettleAsync(null, cancellationToken).ConfigureAwait(false);
        }

        var candidates = checkpoints
            .Select(checkpoint => (checkpoint, Trusted: checkpoint.Bytes(reliedOn: true), Known: checkpoint.Bytes(reliedOn: false)))
            .Where(candidate => candidate.Known > 0)
            .OrderByDescending(candidate => HasFreshTree(candidate.checkpoint))
            .ThenByDescending(candidate => candidate.Known)
            .ThenByDescending(candidate => candidate.Trusted)
            .Select(candidate => candidate.checkpoint)
            .Take(MaxTargetsAsked)
            .ToList();
        return candidates is [{ } whole, ..] && HasFreshTree(whole)
            ? whole
            : await AskAllAsync(session, candidates, current, progress, cancellationToken).ConfigureAwait(false);
    }

    private static bool HasFreshTree(UploadCheckpoint checkpoint) => checkpoint.FindTree() is { } tree && checkpoint.IsFresh(tree);

    /// <summary>All at once: a node that hangs costs its 30 s, and with one after the other each of them would. The first in order that holds something is taken.</summary>
    private async Task<UploadCheckpoint?> AskAllAsync(
        UploadSession session, List<UploadCheckpoint> candidates, CacheSettings current, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var checking = new CheckingProgress(progress, candidates.Count);
        var asked = candidates.Select((candidate, i) => AskAsync(session, candidate, current, checking, i, enough.Token)).ToList();
        try
        {
            for (var i = 0; i < candidates.Count; i++)
            {
                await asked[i].ConfigureAwait(false);
                if (candidates[i].Bytes(reliedOn: true) > 0)
                {
                    return candidates[i];
                }
            }

            return null;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // With the caller's token, and not with the linked one.
            throw new OperationCanceledException(cancellationToken);
        }
        finally
        {
            await enough.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AskAsync(
        UploadSession session, UploadCheckpoint checkpoint, CacheSettings current, CheckingProgress checking, int place, CancellationToken cancellationToken)
    {
        // An observing layer asks nobody: a job must not notice it.
        if (presence is not null && session.Policy.Offers)
        {
            checkpoint.WasAsked = true;
            var questions = new PresenceQuestions(presence, checkpoint.Target, current.OperationTimeout, Time);
            await new StaleRecords(checkpoint, session.Tree, questions, current.UploadStateMaxAge)
                .SettleAsync(fraction => checking.Report(place, fraction), cancellationToken).ConfigureAwait(false);
            if (questions.GaveUp)
            {
                UploadLog.PresenceUnknown(Logger, TargetName.Of(checkpoint.Target).Short);
            }
        }

        checking.Ended(place);
    }
}
