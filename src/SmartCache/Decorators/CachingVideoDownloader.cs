using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Remote;
using SmartCache.Sources;

namespace SmartCache;

/// <summary>
/// The download stage with the source layer in front: a video that is cached is given without downloading, a download is stored without making the job
/// wait, and the same video is downloaded once at a time over all workers that share the cache. Whatever goes wrong in the cache, the inner downloader runs.
/// </summary>
/// <param name="inner">The worker's own downloader.</param>
/// <param name="cache">The cache.</param>
public sealed class CachingVideoDownloader(IVideoDownloader inner, CacheManager cache) : IVideoDownloader
{
    private SourceStore Store => cache.SourceStore;

    /// <summary>The worker's own.</summary>
    internal IVideoDownloader Inner => inner;

    /// <summary>The key under which that is registered.</summary>
    internal object? Key { get; set; }

    /// <inheritdoc />
    public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (Store.Layer.Mode == LayerMode.Off || Store.KeyOf(request) is not { } key)
        {
            return await LetThroughAsync(request, progress, cancellationToken).ConfigureAwait(false);
        }

        if (Store.Layer.SingleFlight.IsUnderway(key.Name))
        {
            // Part of a download that counts already, or of one that is fetched ahead and would make way for itself.
            return await inner.DownloadAsync(request, progress, cancellationToken).ConfigureAwait(false);
        }

        var subject = Subject.Current = new Subject(request.JobId, Key: key.Name);
        using var report = new StageReport(Store.Layer, subject, exception => cache.FullDisk.Look(exception, request.DestinationPath));
        try
        {
            var video = await DownloadAsync(key, request, report, progress, cancellationToken).ConfigureAwait(false);
            cache.Prefetcher.Remember(request, Key, report.Inner + report.Saved);
            return video;
        }
        catch (Exception exception) when (report.Threw(exception, cancellationToken))
        {
            throw;
        }
    }

    // A download all the same, for which what is fetched ahead makes way.
    private async Task<DownloadedVideo> LetThroughAsync(DownloadRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        Store.Layer.Stages.DownloadStageBegins();
        try
        {
            return await inner.DownloadAsync(request, progress, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Store.Layer.Stages.DownloadStageEnds();
        }
    }

    private async Task<DownloadedVideo> DownloadAsync(
        SourceKey key, DownloadRequest request, StageReport report, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (request.Use == CacheUse.Bypass)
        {
            return await BypassAsync(request, report, CacheReason.BypassAsked, progress, cancellationToken).ConfigureAwait(false);
        }

        var stores = Store.Layer.Mode == LayerMode.On && request.Use != CacheUse.NoStore;
        return await Store.Layer.SingleFlight.RunAsync(
            stores ? key.Name : null,
            production => TryGetAsync(key, request, report, production.OutcomeOfFinding, progress, cancellationToken),
            production => DownloadAndStoreAsync(key, request, report, production, CacheOutcome.Miss, progress, cancellationToken),
            progress,
            cancellationToken,
            unavailable =>
            {
                // What can be learned of the file is learned all the same: the profile layer has its own disk, and needs the hash.
                report.Reason = unavailable;
                return DownloadAndStoreAsync(key, request, report, Production.WithoutLock(waited: false), CacheOutcome.Bypass, progress, cancellationToken);
            },
            joinsAhead: request.Use != CacheUse.Refresh).ConfigureAwait(false);
    }

    private async ValueTask<DownloadedVideo?> TryGetAsync(
        SourceKey key, DownloadRequest request, StageReport report, CacheOutcome outcome, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (request.Use == CacheUse.Refresh)
        {
            report.Reason = CacheReason.RefreshAsked;
            return null;
        }

        var given = await Store.MaterializeAsync(key, request, report, outcome, progress, cancellationToken).ConfigureAwait(false);
        report.Looked(given.Reason);
        if (given.Video is not null)
        {
            report.Finish(given.Video.Outcome);
        }

        return given.Video;
    }

    private async Task<DownloadedVideo> DownloadAndStoreAsync(
        SourceKey key,
        DownloadRequest request,
        StageReport report,
        Production production,
        CacheOutcome outcome,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken)
    {
        production.Watch(request.DestinationPath);
        var stores = outcome == CacheOutcome.Miss && Store.Layer.Mode == LayerMode.On && request.Use != CacheUse.NoStore;
        var (fetched, isMissing) = outcome == CacheOutcome.Miss
            ? await TryFetchAsync(key, request, report, production, progress, cancellationToken).ConfigureAwait(false)
            : (null, false);
        if (fetched is not null)
        {
            return fetched;
        }

        var turn = isMissing && stores ? await Store.Shared!.EnterAsync(key, production, production.Observe(progress), cancellationToken).ConfigureAwait(false) : WorkTurn.Alone;
        SourceIntake? intake = null;
        try
        {
            if (turn.MayBeThere && (await TryFetchAsync(key, request, report, production, progress, cancellationToken).ConfigureAwait(false)).Video is { } joined)
            {
                return joined;
            }

            var began = Store.Layer.Time.GetUtcNow();

            // A partial is bytes in the cache: only for what is to be stored there. And only under the lock: whoever works without it does so beside another,
            // and two that write to one file end with the right size and wrong bytes.
            var partial = request.PartialPath ?? (stores && production.IsLocked ? await Store.PartialPathAsync(key, cancellationToken).ConfigureAwait(false) : null);
            var told = production.Observe(turn.Observe(progress));
            var video = await DownloadAsync(request with { PartialPath = partial }, report, told, cancellationToken).ConfigureAwait(false);
            if (cancellationToken.IsCancellationRequested)
            {
                // A downloader may return normally after it was cancelled, with the part it has.
                var cancelled = new Reason(CacheReason.Cancelled, "the download was cancelled");
                SourceLog.NotAccepted(Store.Layer.Logger, cancelled.Text);
                Store.Layer.NoteRefused(key.Name, cancelled);
                report.Finish(outcome);
                return video with { Outcome = outcome, PendingMedia = Task.FromResult(LearnedMedia.Unknown(cancelled)) };
            }

            intake = new SourceIntake(Store, key, video.Path, began)
            {
                Cost = report.Inner,
                ExpectedLength = request.ExpectedLength,
                JobId = request.JobId,
                Outcome = outcome,
                Reason = report.Reason.Code,
                StoreEntry = stores,
                StoreRecords = request.Use != CacheUse.NoStore,
                DoubtsStored = request.Use == CacheUse.Refresh,
                Turn = turn,
            };
            await intake.StoreInBackgroundAsync(production).ConfigureAwait(false);
            report.Finish(outcome);
            return video with { Outcome = outcome, PendingMedia = intake.Media };
        }
        finally
        {
            if (intake is null)
            {
                turn.GiveBackUnlessSending();
            }
        }
    }

    /// <summary>Gives the source where another host of the pool has it; it is stored here like one that was downloaded, with what that cost.</summary>
    /// <returns>The source, or whether the store says that nobody has it.</returns>
    private async ValueTask<(DownloadedVideo? Video, bool IsMissing)> TryFetchAsync(
        SourceKey key, DownloadRequest request, StageReport report, Production production, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (Store.Shared is not { } shared
            || await shared.FetchAsync(key, request, report, production.Observe(progress), cancellationToken).ConfigureAwait(false) is not { } fetched)
        {
            return (null, false);
        }

        if (fetched.Record is not { } record)
        {
            return (null, true);
        }

        if (fetched.Video is not { } video)
        {
            return (await TryGetAsync(key, request, report, production.OutcomeOfFinding, progress, cancellationToken).ConfigureAwait(false), false);
        }

        var intake = new SourceIntake(Store, key, video.Path, record.FetchedAt)
        {
            Cost = fetched.Cost,
            JobId = request.JobId,
            Fetched = new StageUse(production.OutcomeOfFinding, fetched.Cost, video.Length, CacheReason.None),
            StoreEntry = request.Use != CacheUse.NoStore,
            StoreRecords = request.Use != CacheUse.NoStore,
        };
        await intake.StoreInBackgroundAsync(production).ConfigureAwait(false);
        report.Finish(production.OutcomeOfFinding);
        return (video with { Outcome = production.OutcomeOfFinding, PendingMedia = intake.Media }, false);
    }

    private async Task<DownloadedVideo> BypassAsync(
        DownloadRequest request, StageReport report, Reason reason, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        report.Reason = reason;
        var video = await DownloadAsync(request, report, progress, cancellationToken).ConfigureAwait(false);
        report.Finish(CacheOutcome.Bypass);
        return video;
    }

    private async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, StageReport report, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        Store.Layer.Unshare(request.DestinationPath);
        using var inside = report.Inside();
        var video = await inner.DownloadAsync(request, progress, cancellationToken).ConfigureAwait(false);
        report.Bytes = video.Length;
        return video;
    }
}
