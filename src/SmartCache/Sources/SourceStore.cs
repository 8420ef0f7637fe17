using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <summary>
/// The source layer's entries: look-up by identity, materialising, and storing in two parts: a short one on the job's path, in which the file is
/// linked or opened, and a long one in the background, in which it is hashed, probed, flushed and published.
/// <para>
/// What the worker's file says (whether it is a video at all, its hash) is asked behind a boundary of its own: the profile layer needs the hash whether or not this
/// layer can store the file, is open, or is used at all.
/// </para>
/// </summary>
internal sealed partial class SourceStore(CacheLayer layer, CacheBoundary content, SourceCatalog catalog, SourceProbe probe, Action<string, string, StageUse> noteUse)
{
    private readonly Rejections _rejections = new();

    public CacheLayer Layer => layer;

    /// <summary>For what is read of the worker's files, and of nothing else.</summary>
    public CacheBoundary Content => content;

    public SourceCatalog Catalog => catalog;

    public LearnedFacts Learned { get; } = new(layer, content, catalog, probe);

    /// <summary>The key of a request; <see langword="null"/> where the request is so odd that it has none. What it means is the inner downloader's business.</summary>
    public SourceKey? KeyOf(DownloadRequest request)
    {
        try
        {
            return SourceKey.From(request);
        }
        catch (Exception exception)
        {
            Subject.Current = new Subject(request.JobId);
            SourceLog.NoKey(layer.Logger, exception.GetType().Name);
            return null;
        }
    }

    /// <summary>Leases what an identity leads to; <see langword="null"/> with the reason otherwise.</summary>
    public async ValueTask<LeasedSource> FindAsync(SourceKey key, CacheOutcome outcome, CancellationToken cancellationToken)
    {
        var found = await layer.Boundary.AttemptOrSayAsync(
            "find", static why => LeasedSource.None(why), pulse => Find(key, outcome, pulse), null, cancellationToken).ConfigureAwait(false);
        return await Learned.CompleteAsync(found, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gives the worker its file from the cache; the reason says why not.</summary>
    public async ValueTask<GivenSource> MaterializeAsync(
        SourceKey key, DownloadRequest request, StageReport report, CacheOutcome outcome, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var given = await layer.Boundary.AttemptOrSayAsync(
            "materialize",
            static why => GivenSource.None(why),
            pulse =>
            {
                using var found = Find(key, outcome, pulse);
                if (found.Lease is not { } lease)
                {
                    return GivenSource.None(found.Reason);
                }

                var way = layer.Materializer.File(lease, 0, request.DestinationPath, pulse);
                var video = new DownloadedVideo(request.DestinationPath, found.Media!.Length) { Media = found.Media, Outcome = outcome };
                return new GivenSource(video, way, TimeSpan.FromSeconds(lease.Manifest.Content.CostSeconds), default) { HasLostFacts = found.HasLostFacts };
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
                var learned = await Learned.LearnAsync(file.Media!.ContentHash, file.Length, file.Path, null, remember, anew: false, cancellationToken).ConfigureAwait(false);
                given = given with { Video = file with { Media = learned.Media, PendingMedia = Task.FromResult(learned) } };
            }
        }

        return given;
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

    /// <summary>Removes a source and all that is known of its content.</summary>
    public bool Remove(string contentHash, string reason)
    {
        var removed = RemoveEntry(contentHash, reason);
        catalog.ForgetFacts(contentHash);
        return removed;
    }

    /// <summary>Removes a source that is suspected, with its facts; that it was, is remembered.</summary>
    public bool Drop(string contentHash, string reason)
    {
        var removed = RemoveEntry(contentHash, reason);
        catalog.ForgetButDoubt(contentHash);
        return removed;
    }

    /// <summary>Reads every byte of a stored source; what is wrong goes to quarantine. Intact where there is none.</summary>
    public EntryVerdict Recheck(string contentHash, OperationPulse pulse)
    {
        var name = ContentName.Of(contentHash);
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
            return LeasedSource.None(reason.Code == CacheReason.NotCached ? layer.NotStored.Of(key.Name, reason) : reason);
        }

        if (layer.Mode == LayerMode.Observe)
        {
            return LeasedSource.None(CacheReason.WouldHaveHit);
        }

        var known = catalog.Facts(record.ContentHash);

        // Its worker had no time for that when it stopped.
        if (known is { Suspected: true } && Clear(record.ContentHash, record.Length, pulse) == EntryVerdict.Changing)
        {
            return LeasedSource.None(new(CacheReason.InUse, "suspected, and in use where it is to be read again"));
        }

        if (layer.Entries.TryLease(ContentName.Of(record.ContentHash), pulse, out reason) is not { } lease)
        {
            return LeasedSource.None(reason.Code == CacheReason.NotCached ? layer.NotStored.Of(key.Name, CacheReason.NoLongerCached) : reason);
        }

        if (!SourceEntry.IsOf(lease.Manifest.Content, record.ContentHash))
        {
            lease.Dispose();
            return LeasedSource.None(new(CacheReason.OtherContent, "another content of the same name"));
        }

        var media = known?.ToMedia();
        var bare = new SourceMedia(record.ContentHash, lease.Manifest.TotalLength, new Dictionary<string, string>());
        return new LeasedSource(lease, media ?? bare, outcome, default) { HasLostFacts = known is null || !probe.HasSaid(known) };
    }

    private bool RemoveEntry(string contentHash, string reason)
    {
        _rejections.Add(contentHash);
        return layer.Entries.Remove(ContentName.Of(contentHash), EntryRemoval.Trash, reason);
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
        Key = ContentName.Of(media.ContentHash),
        EntryKind = EntryKind.Source,
        Size = media.Length,
        CostSeconds = cost > TimeSpan.Zero ? cost.TotalSeconds : null,
        JobId = jobId,
    };
}
