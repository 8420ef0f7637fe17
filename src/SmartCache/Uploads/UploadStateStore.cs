using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Storage;

namespace SmartCache.Uploads;

/// <summary>
/// The upload layer. Confirmations lie in a journal per target and are found by content, so that a retry under another job id, and a twin, find them;
/// the state per job is a view for people and for the protection of unfinished jobs.
/// </summary>
internal sealed class UploadStateStore(
    LayerDirectory layer,
    CacheBoundary boundary,
    ICacheSettingsSource settings,
    ContentHasher hasher,
    BackgroundSaves saves,
    IUploadPresence? presence,
    TimeProvider time,
    ILogger logger,
    CacheMeter meter) : IUploadStateStore
{
    private const int MaxJournals = 64;
    private const int MaxTargetsAsked = 3;

    private readonly UploadTreeReader _trees = new(hasher, time);

    public JobLedger Ledger { get; } = new(layer, boundary, saves, time);

    public CacheMeter Meter { get; } = meter;

    public ILogger Logger { get; } = logger;

    public TimeProvider Time { get; } = time;

    /// <summary>Is told what the worker's uploader failed with, and where it was at work. Returns at once and never throws.</summary>
    public Action<Exception, string> StageFailed { get; set; } = static (_, _) => { };

    public string LayerName => layer.Name;

    public LayerMode Mode => settings.Current.Enabled ? settings.Current.UploadsMode : LayerMode.Off;

    /// <summary>Why the layer can't be used right now.</summary>
    public string? Unavailable => boundary.Unavailable;

    public ValueTask<UploadState?> LoadAsync(string jobId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(jobId);
        return Ledger.LoadAsync(jobId, cancellationToken);
    }

    public ValueTask<bool> RemoveAsync(string jobId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(jobId);
        return Ledger.RemoveAsync(jobId, cancellationToken);
    }

    public async IAsyncEnumerable<UploadState> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var state in await Ledger.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return state;
        }
    }

    public async Task<IUploadSession> OpenAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
        await OpenSessionAsync(request, progress, cancellationToken).ConfigureAwait(false);

    public async Task<UploadSession> OpenSessionAsync(UploadRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        await WaitForHashesAsync(request, cancellationToken).ConfigureAwait(false);
        var tree = await Task.Run(() => _trees.Read(request, progress, cancellationToken), cancellationToken).ConfigureAwait(false);

        var current = settings.Current;
        var policy = SessionPolicy.Of(current, request.Use);
        var session = new UploadSession(new SessionServices(layer, boundary, saves, Ledger, current.TrustUploads, Time), request, tree, policy);
        try
        {
            var preferred = policy.Reads ? await FindPreferredAsync(session, request, current, progress, cancellationToken).ConfigureAwait(false) : null;
            var job = policy.Records
                ? await Ledger.AttemptStartedAsync(request.JobId, session.Profiles(), cancellationToken).ConfigureAwait(false)
                : null;
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
    /// Removes expired states, deletes journals that nobody confirmed anything in for <c>UploadStateMaxAge</c>, and compacts those that are mostly history.
    /// For maintenance, inside its own boundary.
    /// </summary>
    public void Cleanup(OperationPulse pulse, DateTimeOffset now)
    {
        var maxAge = settings.Current.UploadStateMaxAge;
        layer.EnsureOpen();
        var states = Ledger.RemoveExpired(pulse, now, maxAge);
        if (states > 0)
        {
            UploadLog.StatesExpired(Logger, states);
        }

        foreach (var name in TargetJournal.NamesIn(layer).ToList())
        {
            pulse.Beat();
            var compaction = new JournalCompaction(layer, name, now - maxAge);
            try
            {
                switch (compaction.Run(pulse))
                {
                    case JournalCompaction.Outcome.Compacted:
                        UploadLog.JournalCompacted(Logger, name, compaction.Lines, compaction.Live);
                        break;
                    case JournalCompaction.Outcome.Deleted:
                        UploadLog.JournalDeleted(Logger, name);
                        break;
                    default:
                        break;
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // One journal that can't be compacted must not keep the others from it.
                UploadLog.CompactionFailed(Logger, name, exception.GetType().Name);
            }
        }
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
            await Task.WhenAll(pending).WaitAsync(settings.Current.OperationTimeout, Time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Too slow, or abandoned: then they are computed here.
        }
    }

    private async Task<UploadCheckpoint?> FindPreferredAsync(
        UploadSession session, UploadRequest request, CacheSettings current, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var wanted = session.Tree.Wanted;
        var journals = await boundary.AttemptAsync<IReadOnlyList<(TargetJournal Journal, ConfirmedContent Content)>>(
            "read the journals", [], pulse => Load(wanted, pulse), cancellationToken).ConfigureAwait(false);
        var chosenName = request.Target is { } chosen ? TargetName.Of(chosen).Short : null;
        var checkpoints = new List<UploadCheckpoint>();
        foreach (var (journal, content) in journals)
        {
            // The caller's own target has today's endpoint, and its journal may be anonymous.
            var target = journal.Name == chosenName
                ? request.Target
                : journal.Header is { TargetId.Length: > 0 } header ? new UploadTarget(header.TargetId, header.ImportParameters) : null;
            if (target is not null)
            {
                var checkpoint = session.Adopt(target, journal, content);
                checkpoints.Add(checkpoint);
                await new StaleRecords(checkpoint, session.Tree, null, current.UploadStateMaxAge).SettleAsync(null, cancellationToken).ConfigureAwait(false);
            }
        }

        if (request.Target is { } only)
        {
            var checkpoint = session.CheckpointOf(only);
            await AskAsync(session, checkpoint, current, new CheckingProgress(progress, 1), 0, cancellationToken).ConfigureAwait(false);
            return checkpoint;
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

    private List<(TargetJournal Journal, ConfirmedContent Content)> Load(IReadOnlySet<ContentKey> wanted, OperationPulse pulse)
    {
        var loaded = new List<(TargetJournal, ConfirmedContent)>();
        foreach (var name in TargetJournal.NamesIn(layer).Take(MaxJournals))
        {
            var journal = new TargetJournal(layer, name);
            var content = new ConfirmedContent(wanted);
            try
            {
                journal.Load(pulse, content.Visit);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // One broken journal must not hide the others. Writing to it will report what is wrong with it.
                continue;
            }

            if (!journal.IsNewer)
            {
                loaded.Add((journal, content));
            }
        }

        return loaded;
    }
}
