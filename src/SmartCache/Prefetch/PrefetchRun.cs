using SmartCache.Diagnostics;
using SmartCache.Jobs;
using SmartCache.Layers;
using SmartCache.Sources;
using SmartCache.Storage;

namespace SmartCache.Prefetch;

/// <summary>
/// One attempt at an announced download: the way of a job's, with the same key, checks, probe and intake, and under the same lock, so that a job which comes meanwhile joins it.
/// What fails here is told to nobody who looks for the source later.
/// </summary>
/// <param name="item">What was announced.</param>
/// <param name="store">The source layer.</param>
/// <param name="room">How much may be fetched.</param>
/// <param name="jobs">Whose the entry is.</param>
/// <param name="downloaders">The worker's.</param>
/// <param name="running">Ends the attempt: for a job's transfer, for good, or because too much comes. Not once a job has joined.</param>
internal sealed class PrefetchRun(
    PrefetchItem item, SourceStore store, PrefetchRoom room, JobRecords jobs, IPrefetchDownloaders downloaders, CancellationTokenSource running)
{
    private readonly Lock _gate = new();
    private volatile bool _isTooMuch;
    private bool _hasEnded;

    private EntryLayer Layer => store.Layer;

    private DownloadRequest Download => item.Request.Download;

    /// <summary>Runs it. Throws what the downloader does, and an <see cref="OperationCanceledException"/> where it was ended.</summary>
    public async Task<PrefetchEnd> RunAsync()
    {
        Subject.Current = new Subject(Download.JobId, Key: item.Key.Name);
        if (item.IsNeeded is { } isNeeded && !await isNeeded(running.Token).ConfigureAwait(false))
        {
            return new PrefetchEnd(PrefetchOutcome.Cancelled, "nothing is missing that it is needed for");
        }

        var end = await Layer.SingleFlight.TryRunAsync(
            item.Key.Name, HeldKey.Leave, _ => FindAsync(), production => FetchAsync(production)!, progress: null, running.Token).ConfigureAwait(false);
        return end ?? PrefetchEnd.Elsewhere;
    }

    private async ValueTask<PrefetchEnd?> FindAsync()
    {
        var found = await store.FindAsync(item.Key, Download.ExpectedLength, CacheOutcome.Hit, running.Token).ConfigureAwait(false);
        if (found.Lease is not { } lease)
        {
            return null;
        }

        await Layer.ReleaseAsync(lease).ConfigureAwait(false);
        await AnnounceAsync(found.Media!.ContentHash).ConfigureAwait(false);
        return new PrefetchEnd(PrefetchOutcome.AlreadyThere, "the cache has it");
    }

    private async Task<PrefetchEnd> FetchAsync(Production production)
    {
        if (!production.IsLocked)
        {
            // Beside a job that downloads the same, it would only be in its way.
            return Layer.Boundary.Unavailable is { } reason ? new PrefetchEnd(PrefetchOutcome.Failed, reason.Text) : PrefetchEnd.Elsewhere;
        }

        var most = Math.Min(await room.MostAsync(Download.ExpectedLength, running.Token).ConfigureAwait(false), item.MaxBytes ?? long.MaxValue);
        if (most < (Download.ExpectedLength ?? 1))
        {
            return new PrefetchEnd(PrefetchOutcome.NoRoom, "beside what jobs need and what waits already");
        }

        var length = Download.ExpectedLength ?? 0;
        room.Begin(length);
        try
        {
            return await ReserveAndFetchAsync(production, most).ConfigureAwait(false);
        }
        finally
        {
            room.End(length);
        }
    }

    private async Task<PrefetchEnd> ReserveAndFetchAsync(Production production, long most)
    {
        // Before the first byte, where it is known how many come.
        var reserved = Download.ExpectedLength is { } bytes ? await room.TryReserveAsync(item, bytes, running.Token).ConfigureAwait(false) : null;
        if (reserved is null && (Download.ExpectedLength is not null || !await room.HasDiskAsync(running.Token).ConfigureAwait(false)))
        {
            return new PrefetchEnd(PrefetchOutcome.NoRoom, "nothing can go for it that nobody needs");
        }

        var fetch = new AheadFetch(room.KeepsFree, reserved, AnnounceAsync, () => item.IsJoined);
        await using var given = fetch.ConfigureAwait(false);
        var ahead = await AheadProduction.BeginAsync(Layer, item.Key.Name, production).ConfigureAwait(false);
        await using var watched = ahead.ConfigureAwait(false);
        _ = ahead.Joined.ContinueWith(_ => Join(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously | TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        try
        {
            return await StageAsync(production, fetch, most).ConfigureAwait(false);
        }
        finally
        {
            End();
        }
    }

    // It is a job's transfer from here on, for which others that are ahead make way.
    private void Join()
    {
        lock (_gate)
        {
            if (!_hasEnded)
            {
                item.IsJoined = true;
                Layer.Stages.TransferBegins();
            }
        }
    }

    private void End()
    {
        lock (_gate)
        {
            _hasEnded = true;
            if (item.IsJoined)
            {
                Layer.Stages.TransferEnds();
            }
        }
    }

    private async Task<PrefetchEnd> StageAsync(Production production, AheadFetch fetch, long most)
    {
        var staged = await Layer.Boundary.AttemptAsync("stage", null, _ => new StagedEntry(Layer.Directory, Layer.Transfer), running.Token).ConfigureAwait(false);
        if (staged is null)
        {
            return new PrefetchEnd(PrefetchOutcome.Failed, "no place to download to");
        }

        try
        {
            var opened = downloaders.Open(item.Request.DownloaderKey);
            if (opened is null)
            {
                return new PrefetchEnd(PrefetchOutcome.NotAllowed, "no downloader");
            }

            await using var scope = opened.ConfigureAwait(false);
            var began = Layer.Time.GetUtcNow();
            var path = Path.Combine(staged.Directory, SourceEntry.FileName(Download.DestinationPath));
            production.Watch(path);
            var cost = await DownloadAsync(opened.Downloader, production, path, most).ConfigureAwait(false);
            fetch.FetchedAt = Layer.Time.GetUtcNow();
            return await StoreAsync(staged, path, began, cost, fetch).ConfigureAwait(false);
        }
        finally
        {
            await Layer.ReleaseAsync(staged).ConfigureAwait(false);
        }
    }

    /// <returns>Seconds that a job would have waited for it.</returns>
    private async Task<TimeSpan> DownloadAsync(IVideoDownloader downloader, Production production, string path, long most)
    {
        var partial = Download.PartialPath ?? await store.PartialPathAsync(item.Key, running.Token).ConfigureAwait(false);
        var request = Download with { DestinationPath = path, PartialPath = partial };
        var paced = new PacedProgress(
            production.Observe(null), Layer.Time, () => item.IsJoined ? 0 : Layer.Settings.Current.PrefetchMaxRate, most, StopTooMuch, running.Token);
        var clock = Layer.Time.GetTimestamp();
        try
        {
            var video = await downloader.DownloadAsync(request, paced, running.Token).ConfigureAwait(false);

            // A downloader may return normally after it was cancelled, with the part it has.
            running.Token.ThrowIfCancellationRequested();
            if (Path.GetFullPath(video.Path) != path)
            {
                throw new IOException("The downloader wrote to another path than it was given.");
            }
        }
        catch (Exception) when (_isTooMuch)
        {
            throw new PrefetchTooLargeException();
        }
        finally
        {
            item.Downloading += Layer.Time.GetElapsedTime(clock) - paced.Waited;
        }

        return item.Downloading;
    }

    private async Task<PrefetchEnd> StoreAsync(StagedEntry staged, string path, DateTimeOffset began, TimeSpan cost, AheadFetch fetch)
    {
        if (Layer.Files.Stat(path) is { Length: var length })
        {
            item.Bytes = length;
        }

        if (Download.ExpectedLength is null && !item.IsJoined && await room.MostAsync(item.Bytes, CancellationToken.None).ConfigureAwait(false) < item.Bytes)
        {
            return new PrefetchEnd(PrefetchOutcome.NoRoom, "beside what jobs need and what waits already");
        }

        using var intake = new SourceIntake(store, item.Key, path, began)
        {
            Cost = cost,
            ExpectedLength = Download.ExpectedLength,
            JobId = item.JobId,
            Ahead = fetch,
        };

        // From here on it is on this disk alone, and bounded: nothing of a job's link is taken by it. So it is ended by the end of the process and by nothing else.
        var lease = await intake.TakeOwnAsync(staged, CancellationToken.None).ConfigureAwait(false) ? await intake.StoreAsync(Layer.Saves.Stopping).ConfigureAwait(false) : null;
        await Layer.ReleaseAsync(lease).ConfigureAwait(false);
        if (lease is not null)
        {
            return new PrefetchEnd(item.IsJoined ? PrefetchOutcome.Joined : PrefetchOutcome.Stored, item.IsJoined ? "a job waited for it" : "it waits for its job");
        }

        await WithdrawAsync().ConfigureAwait(false);
        return new PrefetchEnd(intake.WhyNotStored.Code == CacheReason.NoRoom ? PrefetchOutcome.NoRoom : PrefetchOutcome.Failed, intake.WhyNotStored.Text);
    }

    private async ValueTask AnnounceAsync(string contentHash)
    {
        item.ContentHash = contentHash;
        if (item is { JobId: { } job, IsWithdrawn: false })
        {
            await jobs.AnnounceAsync(job, contentHash, item.AnnouncedAt, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async ValueTask WithdrawAsync()
    {
        if (item is { JobId: { } job, ContentHash: { } content })
        {
            await jobs.WithdrawAsync(job, content, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private void StopTooMuch()
    {
        if (!item.IsJoined)
        {
            _isTooMuch = true;
            running.Cancel();
        }
    }
}
