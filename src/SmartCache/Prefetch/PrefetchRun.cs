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
    private const string NoRoom = "beside what jobs need and what waits already";

    private readonly Lock _gate = new();
    private PrefetchEnd? _stopped;
    private bool _isJoined;
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

        // Before the lock is taken: counting and an eviction take their time, and a job that came for the key meanwhile would wait for them.
        if (await FindAsync().ConfigureAwait(false) is { } there)
        {
            return there;
        }

        if (await Layer.SingleFlight.IsProducedAsync(item.Key.Name, running.Token).ConfigureAwait(false))
        {
            return PrefetchEnd.Elsewhere;
        }

        var partial = await store.PartialPathAsync(item.Key, running.Token).ConfigureAwait(false);
        var kept = await new PrefetchOutput(Layer, null, partial).MeasureAsync(running.Token).ConfigureAwait(false) ?? WrittenAhead.Nothing;
        using var claim = await room.TryClaimAsync(Download.ExpectedLength, item.MaxBytes ?? long.MaxValue, kept, running.Token).ConfigureAwait(false);
        return claim is null ? new PrefetchEnd(PrefetchOutcome.NoRoom, NoRoom) : await ReserveAndRunAsync(claim).ConfigureAwait(false);
    }

    private async Task<PrefetchEnd> ReserveAndRunAsync(PrefetchClaim claim)
    {
        // Before the first byte, where it is known how many come.
        var reserved = Download.ExpectedLength is { } bytes ? await room.TryReserveAsync(item, bytes, claim, running.Token).ConfigureAwait(false) : null;
        if (reserved is null && (claim.IsReserved || !await room.HasDiskAsync(running.Token).ConfigureAwait(false)))
        {
            return new PrefetchEnd(PrefetchOutcome.NoRoom, "nothing can go for it that nobody needs");
        }

        var fetch = new AheadFetch(() => room.KeepsFree, reserved, AnnounceAsync, () => item.IsJoined);
        await using var given = fetch.ConfigureAwait(false);
        var end = await Layer.SingleFlight.TryRunAsync(
            item.Key.Name, HeldKey.Leave, production => production.IsLocked ? FindAsync() : default, production => FetchAsync(production, fetch, claim)!, progress: null, running.Token).ConfigureAwait(false);
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

    private async Task<PrefetchEnd> FetchAsync(Production production, AheadFetch fetch, PrefetchClaim claim)
    {
        if (!production.IsLocked)
        {
            // A fault: of a lock that somebody holds nothing comes here. Beside a job that downloads the same it would only be in its way.
            return new PrefetchEnd(PrefetchOutcome.Failed, Layer.Boundary.Unavailable?.Text ?? "the lock of its key cannot be had");
        }

        var ahead = await AheadProduction.BeginAsync(Layer, item.Key.Name, production).ConfigureAwait(false);
        await using var watched = ahead.ConfigureAwait(false);
        _ = ahead.Joined.ContinueWith(_ => Join(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously | TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        try
        {
            return await StageAsync(production, fetch, claim).ConfigureAwait(false);
        }
        finally
        {
            End();
        }
    }

    // It is a job's download from here on, for which others that are ahead make way.
    private void Join()
    {
        lock (_gate)
        {
            if (!_hasEnded)
            {
                item.IsJoined = _isJoined = true;
                Layer.Stages.DownloadBegins();
            }
        }
    }

    private void End()
    {
        lock (_gate)
        {
            _hasEnded = true;
            if (_isJoined)
            {
                Layer.Stages.DownloadEnds();
            }
        }
    }

    private async Task<PrefetchEnd> StageAsync(Production production, AheadFetch fetch, PrefetchClaim claim)
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
            var cost = await DownloadAsync(opened.Downloader, production, path, claim).ConfigureAwait(false);
            fetch.FetchedAt = Layer.Time.GetUtcNow();
            production.Watch(staged);
            return await StoreAsync(staged, path, began, cost, fetch, claim).ConfigureAwait(false);
        }
        finally
        {
            await Layer.ReleaseAsync(staged).ConfigureAwait(false);
        }
    }

    /// <returns>Seconds that a job would have waited for it.</returns>
    private async Task<TimeSpan> DownloadAsync(IVideoDownloader downloader, Production production, string path, PrefetchClaim claim)
    {
        // The cache's own: the one that the request names is the job's, which may write to it at the same time.
        var partial = await store.PartialPathAsync(item.Key, running.Token).ConfigureAwait(false);
        var kept = await KeptAsync(partial).ConfigureAwait(false);
        var paced = new PacedProgress(
            production.Observe(null), Layer.Time, () => item.IsJoined ? 0 : Layer.Settings.Current.PrefetchMaxRate, claim.Most, StopTooMuch, running.Token);

        // A job that comes while a downloader does not heed its cancellation would wait for what is thrown away.
        using var silent = running.Token.UnsafeRegister(static it => ((Production)it!).StopWatching(), production);
        var clock = Layer.Time.GetTimestamp();
        try
        {
            var output = new PrefetchOutput(Layer, Path.GetDirectoryName(path), partial);
            var watch = new PrefetchWatch(Layer, output, () => paced.MovedAt, () => ShowLife(production), (written, token) => JudgeAsync(claim, written, token), Stop);
            await using var watched = watch.ConfigureAwait(false);
            var video = await downloader.DownloadAsync(Download with { DestinationPath = path, PartialPath = partial }, paced, running.Token).ConfigureAwait(false);

            // A downloader may return normally after it was cancelled, with the part it has.
            running.Token.ThrowIfCancellationRequested();
            if (Path.GetFullPath(video.Path) != path)
            {
                throw new IOException("The downloader wrote to another path than it was given.");
            }
        }
        catch (Exception) when (Volatile.Read(ref _stopped) is not null)
        {
            throw new PrefetchStoppedException(_stopped!);
        }
        finally
        {
            var hasResumed = kept > 0 && paced.Began >= kept;
            item.NoteAttempt(Layer.Time.GetElapsedTime(clock) - paced.Waited, hasResumed, kept, await KeptAsync(partial).ConfigureAwait(false));
        }

        return item.Cost;
    }

    private async ValueTask<long> KeptAsync(string? partial) =>
        partial is null ? 0 : await Layer.Boundary.AttemptAsync("measure", 0L, _ => Layer.Files.Stat(partial)?.Length ?? 0, CancellationToken.None).ConfigureAwait(false);

    private async Task<PrefetchEnd> StoreAsync(StagedEntry staged, string path, DateTimeOffset began, TimeSpan cost, AheadFetch fetch, PrefetchClaim claim)
    {
        if (Layer.Files.Stat(path) is { Length: var length })
        {
            item.Bytes = length;
            claim.Grow(length);
        }

        // All of it is here now, and none of it in a partial: its space is reserved again.
        if (await new PrefetchOutput(Layer, Path.GetDirectoryName(path), await store.PartialPathAsync(item.Key, CancellationToken.None).ConfigureAwait(false))
            .MeasureAsync(CancellationToken.None).ConfigureAwait(false) is { } written)
        {
            await claim.NoteAsync(written).ConfigureAwait(false);
        }

        if (!item.IsJoined && (item.Bytes > claim.Most || !await room.AllowsAsync(claim, CancellationToken.None).ConfigureAwait(false)))
        {
            return new PrefetchEnd(PrefetchOutcome.NoRoom, NoRoom);
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

    private void ShowLife(Production production)
    {
        if (!running.IsCancellationRequested)
        {
            production.NoteMove();
        }
    }

    private void StopTooMuch(long bytes)
    {
        if (!item.IsJoined || bytes > room.EntryLimit)
        {
            Stop(PrefetchEnd.TooMuch);
        }
    }

    // What nobody waits for takes what nobody needs. What a job waits for is ended where it can never be an entry: the job downloads to its own place then.
    private async ValueTask<PrefetchEnd?> JudgeAsync(PrefetchClaim claim, WrittenAhead? written, CancellationToken cancellationToken)
    {
        if (written is not null)
        {
            await claim.NoteAsync(written).ConfigureAwait(false);
        }

        if (!item.IsJoined && PrefetchEnd.SwitchedOff(Layer) is { } off)
        {
            return off;
        }

        var isTooMuch = item.IsJoined
            ? written?.Come > room.EntryLimit || await room.IsDiskFullAsync(cancellationToken).ConfigureAwait(false)
            : !await room.AllowsAsync(claim, cancellationToken).ConfigureAwait(false);
        return isTooMuch ? PrefetchEnd.TooMuch : null;
    }

    private void Stop(PrefetchEnd end)
    {
        Interlocked.CompareExchange(ref _stopped, end, null);
        _ = running.CancelAsync();
    }
}
