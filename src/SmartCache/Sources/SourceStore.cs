using System.Collections.Concurrent;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Space;
using SmartCache.Storage;

namespace SmartCache.Sources;

/// <summary>
/// The source layer's entries: look-up by identity, materialising, and storing in two parts: a short one on the job's path, in which the file is
/// linked or opened, and a long one in the background, in which it is hashed, probed, flushed and published.
/// </summary>
internal sealed class SourceStore(CacheLayer layer, SourceCatalog catalog, SourceProbe probe, Action<string, string, StageUse> noteUse)
{
    private const int MaxRejected = 1024;

    // An encode can fail while its source is still being saved, and what is dropped then must not come back when the save is done.
    private readonly ConcurrentDictionary<string, long> _rejected = new();
    private long _serial;

    public CacheLayer Layer => layer;

    public SourceCatalog Catalog => catalog;

    public LearnedFacts Learned { get; } = new(layer, catalog, probe);

    /// <summary>The key of a request; <see langword="null"/> where the request is so odd that it has none. What it means is the inner downloader's business.</summary>
    public SourceKey? KeyOf(DownloadRequest request)
    {
        try
        {
            return SourceKey.From(request);
        }
        catch (Exception exception) when (exception is NullReferenceException or ArgumentException)
        {
            SourceLog.NoKey(layer.Logger, exception.GetType().Name);
            return null;
        }
    }

    /// <summary>Leases what an identity leads to; <see langword="null"/> with the reason otherwise.</summary>
    public async ValueTask<LeasedSource> FindAsync(SourceKey key, CacheOutcome outcome, CancellationToken cancellationToken)
    {
        var found = await layer.Boundary.AttemptAsync(
            "find", LeasedSource.None("cache unavailable"), pulse => Find(key, outcome, pulse), cancellationToken).ConfigureAwait(false);
        return await Learned.CompleteAsync(found, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gives the worker its file from the cache; the reason says why not.</summary>
    public async ValueTask<GivenSource> MaterializeAsync(
        SourceKey key, DownloadRequest request, StageReport report, CacheOutcome outcome, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var given = await layer.Boundary.AttemptAsync(
            "materialize",
            GivenSource.None("cache unavailable"),
            pulse =>
            {
                using var found = Find(key, outcome, pulse);
                if (found.Lease is not { } lease)
                {
                    return GivenSource.None(found.Reason);
                }

                var way = layer.Materializer.File(lease, 0, request.DestinationPath, pulse);
                var video = new DownloadedVideo(request.DestinationPath, found.Media!.Length) { Media = found.Media, Outcome = outcome };
                return new GivenSource(video, way, TimeSpan.FromSeconds(lease.Manifest.Content.CostSeconds), "") { HasLostFacts = found.HasLostFacts };
            },
            progress,
            cancellationToken).ConfigureAwait(false);
        if (given.Video is { } file)
        {
            report.How = given.How;
            report.Saved = given.Saved;
            report.Bytes = file.Length;
            NoteUse(request.JobId, file.Media!, given.Saved, new StageUse(outcome, given.Saved, file.Length));
            if (given.HasLostFacts)
            {
                // The same as after a download: where the probe does not take it for a video, no recipe is made of it.
                var remember = request.Use != CacheUse.NoStore;
                var media = await Learned.LearnAsync(file.Media!.ContentHash, file.Length, file.Path, null, remember, anew: false, cancellationToken).ConfigureAwait(false);
                given = given with { Video = file with { Media = media, PendingMedia = Task.FromResult(media) } };
            }
        }

        return given;
    }

    /// <summary>
    /// Takes a downloaded file in. Returns as soon as the worker may do with its file what it likes; the rest goes on in the background,
    /// and releases <paramref name="production"/> when the entry can be found.
    /// </summary>
    public async ValueTask<DownloadedVideo> TakeInAsync(DownloadedVideo video, SourceIntake intake, Production production)
    {
        var taken = await TakeAsync(video.Path, intake, CancellationToken.None).ConfigureAwait(false);
        if (taken is null || !await taken.SettleAsync(layer.Hasher).ConfigureAwait(false))
        {
            await layer.ReleaseAsync(taken, production).ConfigureAwait(false);
            return video with { Outcome = CacheOutcome.Miss };
        }

        production.StartSaving();
        var media = new TaskCompletionSource<SourceMedia?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = layer.Saves.Run(async stopping =>
        {
            try
            {
                (await StoreAsync(taken, intake, media, stopping).ConfigureAwait(false))?.Dispose();
                return true;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
            finally
            {
                media.TrySetResult(null);
                taken.Dispose();
                production.Dispose();
            }
        });
        return video with { Outcome = CacheOutcome.Miss, PendingMedia = media.Task };
    }

    /// <summary>The short part: checks the file and gets the cache's own hold on it.</summary>
    public ValueTask<TakenSource?> TakeAsync(string path, SourceIntake intake, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("stage", null, _ => Take(path, intake), cancellationToken);

    public ValueTask<bool> IsAcceptableAsync(string path, SourceIntake intake, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("accept", false, _ => IsAcceptable(path, intake), cancellationToken);

    /// <summary>Hashes, probes, and publishes; gives a lease on the entry, where there is one.</summary>
    public async Task<EntryLease?> StoreAsync(TakenSource taken, SourceIntake intake, TaskCompletionSource<SourceMedia?>? whenKnown, CancellationToken cancellationToken)
    {
        var began = Interlocked.Increment(ref _serial);
        var space = new EntrySpace(layer, intake.StoreEntry ? taken.Staged : null);
        await using var settling = space.ConfigureAwait(false);
        await space.TryAtOnceAsync(cancellationToken).ConfigureAwait(false);
        var hash = await layer.Boundary.AttemptAsync("hash", null, pulse => Hash(taken, pulse), cancellationToken).ConfigureAwait(false);
        if (hash is null)
        {
            return null;
        }

        if (intake.Key.ExpectedSha256 is { } expected && expected != hash)
        {
            SourceLog.WrongContent(layer.Logger);
            return null;
        }

        var newcomer = Newcomer(hash, taken.Length, intake);

        // The probe reads the staged file, which is not there yet where it has to be copied.
        if (taken.Staged is { NeedsCopy: true } && !await CopyInAsync(space, newcomer, taken.Staged, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        if (await Learned.LearnAsync(hash, taken.Length, taken.Path, taken.Seen, intake.StoreRecords, intake.DoubtsStored, cancellationToken).ConfigureAwait(false) is not { } media)
        {
            return null;
        }

        whenKnown?.TrySetResult(media);
        layer.MadeAgain(SourceEntry.NameOf(hash));
        var lease = await space.TryReserveAsync(newcomer, cancellationToken).ConfigureAwait(false)
            ? await layer.Boundary.AttemptAsync("publish", null, pulse => Publish(taken, media, intake, pulse), cancellationToken).ConfigureAwait(false)
            : null;
        if (_rejected.TryGetValue(hash, out var rejected) && rejected > began)
        {
            await layer.ReleaseAsync(lease).ConfigureAwait(false);
            await layer.Boundary.AttemptAsync("remove", false, _ => Remove(hash, "rejected while it was saved"), CancellationToken.None).ConfigureAwait(false);
            return null;
        }

        if (intake.StoreRecords && (lease is not null || !intake.StoreEntry))
        {
            await layer.Boundary.AttemptAsync(
                "note key", false, _ => catalog.Note(intake.Key, media.ContentHash, media.Length, intake.FetchBegan), CancellationToken.None).ConfigureAwait(false);
        }

        if (intake.StoreRecords)
        {
            // Also where there was no space for it: a retry that does the work again must not look like a first attempt.
            NoteUse(intake.JobId, media, intake.Cost, StageUse.Miss);
        }

        return lease;
    }

    /// <summary>A place for a resumable partial of this key, inside the cache's directory so that it is swept when it is old.</summary>
    public ValueTask<string?> PartialPathAsync(SourceKey key, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync<string?>(
            "partial",
            null,
            _ =>
            {
                layer.Directory.MakeDirectory(PartialsDirectory);
                return Path.Combine(PartialsDirectory, key.Name);
            },
            cancellationToken);

    public string PartialsDirectory => Path.Combine(layer.Directory.Root, "partials");

    public bool Remove(string contentHash, string reason)
    {
        if (_rejected.Count >= MaxRejected)
        {
            _rejected.Clear();
        }

        _rejected[contentHash] = Interlocked.Increment(ref _serial);
        var removed = layer.Entries.Remove(SourceEntry.NameOf(contentHash), EntryRemoval.Trash, reason);
        catalog.ForgetFacts(contentHash);
        return removed;
    }

    /// <summary>Reads every byte of a stored source; what is wrong goes to quarantine. Intact where there is none.</summary>
    public EntryVerdict Recheck(string contentHash, OperationPulse pulse)
    {
        var name = SourceEntry.NameOf(contentHash);
        if (layer.Entries.TryLease(name, pulse, out _, fromDisk: true) is { } lease)
        {
            return layer.Entries.Verify(lease, pulse);
        }

        // What is there still was not read to its end.
        return layer.Entries.Exists(name) ? EntryVerdict.Changing : EntryVerdict.Intact;
    }

    /// <summary>Reads a suspected source in full, after which it is suspected no more: its bytes were right, or are in quarantine. One that changes meanwhile stays suspected.</summary>
    public EntryVerdict Clear(string contentHash, long length, OperationPulse pulse)
    {
        var verdict = Recheck(contentHash, pulse);
        if (verdict != EntryVerdict.Changing && catalog.Facts(contentHash) is { Suspected: true })
        {
            catalog.Learn(contentHash, length, static known => known with { Suspected = false });
        }

        return verdict;
    }

    private LeasedSource Find(SourceKey key, CacheOutcome outcome, OperationPulse pulse)
    {
        if (catalog.Find(key, out var reason) is not { } record)
        {
            return LeasedSource.None(reason);
        }

        if (layer.Mode == LayerMode.Observe)
        {
            return LeasedSource.None(StageReport.WouldHaveHit);
        }

        var known = catalog.Facts(record.ContentHash);
        if (known is { Suspected: true })
        {
            // Its worker had no time for that when it stopped.
            Clear(record.ContentHash, record.Length, pulse);
        }

        if (layer.Entries.TryLease(SourceEntry.NameOf(record.ContentHash), pulse, out reason) is not { } lease)
        {
            return LeasedSource.None(reason);
        }

        // Names are cut to 128 bits; the whole hash decides.
        if (lease.Manifest.Content.Files is not [{ } file] || file.Sha256 != record.ContentHash)
        {
            lease.Dispose();
            return LeasedSource.None("another content of the same name");
        }

        var media = known?.ToMedia();
        var bare = new SourceMedia(record.ContentHash, file.Length, new Dictionary<string, string>());
        return new LeasedSource(lease, media ?? bare, outcome, "") { HasLostFacts = media is null };
    }

    private bool IsAcceptable(string path, SourceIntake intake)
    {
        if (SourceAcceptance.Refuse(path, intake.ExpectedLength) is not { } refusal)
        {
            return true;
        }

        SourceLog.NotAccepted(layer.Logger, refusal);
        return false;
    }

    private TakenSource? Take(string path, SourceIntake intake)
    {
        if (!IsAcceptable(path, intake))
        {
            return null;
        }

        if (!intake.StoreEntry)
        {
            return new TakenSource(path, new HeldFile(path, layer.Transfer.Handles));
        }

        var staged = new StagedEntry(layer.Directory, layer.Transfer);
        try
        {
            staged.Take(path, SourceEntry.FileName(path));
            if (staged.Length <= layer.Settings.Current.MaxSize)
            {
                return new TakenSource(Path.Combine(staged.Directory, staged.Files[0].Path), staged);
            }

            SourceLog.TooLarge(layer.Logger, staged.Length);
        }
        catch
        {
            staged.Dispose();
            throw;
        }

        staged.Dispose();
        return null;
    }

    private string? Hash(TakenSource taken, OperationPulse pulse)
    {
        try
        {
            return taken.Hash(layer.Hasher, pulse);
        }
        catch (WorkerChangedFileException)
        {
            SourceLog.ChangedMeanwhile(layer.Logger);
            return null;
        }
    }

    private async ValueTask<bool> CopyInAsync(EntrySpace space, EvictionCandidate newcomer, StagedEntry staged, CancellationToken cancellationToken) =>
        await space.TryReserveAsync(newcomer, cancellationToken).ConfigureAwait(false)
        && await layer.Boundary.AttemptAsync(
            "copy",
            false,
            pulse =>
            {
                try
                {
                    staged.CopyIn(pulse);
                    return true;
                }
                catch (WorkerChangedFileException)
                {
                    SourceLog.ChangedMeanwhile(layer.Logger);
                    return false;
                }
            },
            cancellationToken).ConfigureAwait(false);

    private EvictionCandidate Newcomer(string hash, long length, SourceIntake intake) =>
        EntrySpace.Newcomer(SourceEntry.NameOf(hash), EntryKind.Source, length, intake.Cost, intake.JobId, layer.Time.GetUtcNow());

    private EntryLease? Publish(TakenSource taken, SourceMedia media, SourceIntake intake, OperationPulse pulse)
    {
        try
        {
            if (intake.DoubtsStored || catalog.Facts(media.ContentHash) is { Suspected: true })
            {
                Clear(media.ContentHash, media.Length, pulse);
            }

            var lease = taken.Publish(layer.Entries, media, intake.Cost, layer.Time.GetUtcNow(), pulse);
            if (lease is not null)
            {
                SourceLog.Stored(layer.Logger, EntryStore.Short(media.ContentHash), media.Length);
                layer.Observed(Event(CacheEventKind.Published, null, media, intake.Cost));
            }

            return lease;
        }
        catch (WorkerChangedFileException)
        {
            SourceLog.ChangedMeanwhile(layer.Logger);
            return null;
        }
    }

    private void NoteUse(string? jobId, SourceMedia media, TimeSpan cost, StageUse use)
    {
        layer.Observed(Event(CacheEventKind.Requested, jobId, media, cost));
        if (jobId is not null)
        {
            noteUse(jobId, media.ContentHash, use);
        }
    }

    private CacheEvent Event(CacheEventKind kind, string? jobId, SourceMedia media, TimeSpan cost) => new(kind, layer.Time.GetUtcNow())
    {
        Key = SourceEntry.NameOf(media.ContentHash),
        EntryKind = EntryKind.Source,
        Size = media.Length,
        CostSeconds = cost > TimeSpan.Zero ? cost.TotalSeconds : null,
        JobId = jobId,
    };
}
