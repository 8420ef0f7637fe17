using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

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
    private readonly JournalUpkeep _upkeep = new(layer, logger);
    private readonly ConcurrentDictionary<string, bool> _newer = new(StringComparer.Ordinal);

    public JobLedger Ledger { get; } = new(layer, boundary, saves, time);

    public CacheMeter Meter { get; } = meter;

    public ILogger Logger { get; } = logger;

    public TimeProvider Time { get; } = time;

    /// <summary>Is told what the worker's uploader failed with, and where it was at work. Returns at once and never throws.</summary>
    public Action<Exception, string> StageFailed { get; set; } = static (_, _) => { };

    /// <summary>Is told that an upload of a job failed, with what, and whether there is more reason than that to suspect what was uploaded.</summary>
    public Func<string, Exception, bool, ValueTask> UploadFailed { get; set; } = static (_, _, _) => ValueTask.CompletedTask;

    public LayerDirectory Layer { get; } = layer;

    public string LayerName => Layer.Name;

    public LayerMode Mode => settings.Current.Enabled ? settings.Current.UploadsMode : LayerMode.Off;

    /// <summary>Why the layer can't be used right now.</summary>
    public Reason? Unavailable => boundary.Unavailable;

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

    public IAsyncEnumerable<UploadState> ListAsync(CancellationToken cancellationToken = default) => Ledger.ListAsync(cancellationToken);

    public async Task<IUploadSession> OpenAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
        await OpenSessionAsync(request, progress, cancellationToken).ConfigureAwait(false);

    public async Task<UploadSession> OpenSessionAsync(UploadRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        Subject.Current = new Subject(request.JobId);
        await WaitForHashesAsync(request, cancellationToken).ConfigureAwait(false);
        var tree = await Task.Run(() => _trees.Read(request, progress, cancellationToken), cancellationToken).ConfigureAwait(false);

        Subject.Current = new Subject(request.JobId, Key: tree.Hash);
        var current = settings.Current;
        var policy = SessionPolicy.Of(current, request.Use);
        var session = new UploadSession(new SessionServices(Layer, boundary, saves, Ledger, ReadAsync, ReadNow, _upkeep, SayNewer, current.TrustUploads, Time), request, tree, policy);
        try
        {
            var preferred = policy.Reads ? await FindPreferredAsync(session, request, current, progress, cancellationToken).ConfigureAwait(false) : null;
            var job = policy.Records
                ? await Ledger.AttemptStartedAsync(request.JobId, session.Profiles(), cancellationToken).ConfigureAwait(false)
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
        var maxAge = settings.Current.UploadStateMaxAge;
        Layer.EnsureOpen();
        var states = Ledger.RemoveExpired(pulse, now, maxAge);
        if (states > 0)
        {
            UploadLog.StatesExpired(Logger, states);
        }

        _upkeep.Run(pulse, now, maxAge);
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
        if (request.Target is { } only)
        {
            var own = await session.CheckpointOfAsync(only, cancellationToken).ConfigureAwait(false);
            await new StaleRecords(own, session.Tree, null, current.UploadStateMaxAge).SettleAsync(null, cancellationToken).ConfigureAwait(false);
            await AskAsync(session, own, current, new CheckingProgress(progress, 1), 0, cancellationToken).ConfigureAwait(false);
            return own;
        }

        var wanted = session.Tree.Wanted;
        var journals = await boundary.AttemptOrSayAsync<IReadOnlyList<TargetRecords>>(
            "read the journals",
            why =>
            {
                session.WhyUnread = why;
                return [];
            },
            pulse => [.. TargetJournal.NamesIn(Layer).Take(MaxJournals).Select(name => Read(name, null, wanted, true, pulse))],
            null,
            cancellationToken).ConfigureAwait(false);
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

    private async ValueTask<TargetRecords> ReadAsync(TargetName name, IReadOnlySet<ContentKey> wanted, bool reads, CancellationToken cancellationToken) =>
        await boundary.AttemptOrSayAsync(
            "read a journal",
            why => Unread(name, wanted, reads) with { WhyUnread = why },
            pulse => Read(name.Short, name.Key, wanted, reads, pulse),
            null,
            cancellationToken).ConfigureAwait(false);

    // For an uploader that names a target which nobody has named before, from within a call that cannot be awaited.
    private TargetRecords ReadNow(TargetName name, IReadOnlySet<ContentKey> wanted, bool reads) =>
        boundary.AttemptOrSay("read a journal", why => Unread(name, wanted, reads) with { WhyUnread = why }, pulse => Read(name.Short, name.Key, wanted, reads, pulse));

    private TargetRecords Unread(TargetName name, IReadOnlySet<ContentKey> wanted, bool reads) =>
        new(new TargetJournal(Layer, name.Short, name.Key, Time, reads), new ConfirmedContent(wanted));

    private TargetRecords Read(string name, ContentKey? key, IReadOnlySet<ContentKey> wanted, bool reads, OperationPulse pulse)
    {
        var records = new TargetRecords(new TargetJournal(Layer, name, key, Time, reads), new ConfirmedContent(wanted));
        records.Journal.Follow(pulse, records.Content);
        records.Content.Open();
        if (!records.Journal.HasNewer)
        {
            return records;
        }

        SayNewer(name);
        return records with { WhyUnread = CacheReason.NewerVersion };
    }

    private void SayNewer(string name)
    {
        if (_newer.TryAdd(name, true))
        {
            UploadLog.NewerJournal(Logger, name);
        }
    }
}
