using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <summary>
/// The source layer's entries: look-up by identity, materialising, removal. Storing is <see cref="SourceIntake"/>'s.
/// <para>
/// What the worker's file says (whether it is a video at all, its hash) is asked behind a boundary of its own: the profile layer needs the hash whether or not this
/// layer can store the file, is open, or is used at all.
/// </para>
/// </summary>
internal sealed class SourceStore(SourceCatalog catalog, SpaceKeeper space, CacheBoundary content, SourceProbe probe)
{
    public EntryLayer Layer => catalog.Layer;

    /// <summary>Who gives the space for what is stored or lent.</summary>
    public SpaceKeeper Space => space;

    /// <summary>For what is read of the worker's files, and of nothing else.</summary>
    public CacheBoundary Content => content;

    public SourceCatalog Catalog => catalog;

    public LearnedFacts Learned { get; } = new(content, catalog, probe);

    public Rejections Rejections { get; } = new();

    /// <summary>The other hosts of a pool; <see langword="null"/> where there are none.</summary>
    public SharedSources? Shared { get; init; }

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
            SourceLog.NoKey(Layer.Logger, exception.GetType().Name);
            return null;
        }
    }

    /// <summary>
    /// What is on record of the content that an identity leads to; <see langword="null"/> where that is nothing, or a probe has yet to say its facts: a recipe made without
    /// them is another one.
    /// </summary>
    public SourceMedia? KnownMedia(SourceKey key, long? expectedLength) =>
        FindRecord(key, expectedLength, out _) is { } record && catalog.Facts(record.ContentHash) is { } known && probe.HasSaid(known) ? known.ToMedia() : null;

    /// <summary>Leases what an identity leads to, where that has the length, if one is given; <see langword="null"/> with the reason otherwise.</summary>
    public async ValueTask<LeasedSource> FindAsync(SourceKey key, long? expectedLength, CacheOutcome outcome, CancellationToken cancellationToken)
    {
        var found = await Layer.Boundary.AttemptOrSayAsync(
            "find", static why => LeasedSource.None(why), pulse => LeaseChecked(key, expectedLength, outcome, pulse), null, cancellationToken).ConfigureAwait(false);
        return await Learned.CompleteAsync(found, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gives the worker its file from the cache; the reason says why not.</summary>
    public async ValueTask<GivenSource> MaterializeAsync(
        SourceKey key, DownloadRequest request, StageReport report, CacheOutcome outcome, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var given = await Layer.Boundary.AttemptOrSayAsync(
            "materialize",
            static why => GivenSource.None(why),
            pulse =>
            {
                using var found = LeaseChecked(key, request.ExpectedLength, outcome, pulse);
                if (found.Lease is not { } lease)
                {
                    return GivenSource.None(found.Reason);
                }

                var way = Layer.Materializer.File(lease, 0, request.DestinationPath, pulse);
                var ahead = UseAhead(lease, report.Began);
                var came = ahead is not null && outcome == CacheOutcome.Hit ? CacheOutcome.Prefetched : outcome;
                var video = new DownloadedVideo(request.DestinationPath, found.Media!.Length) { Media = found.Media, Outcome = came };
                return ahead is not null
                    ? new GivenSource(video, way, ahead.HiddenBefore(report.Began), default) { HasLostFacts = found.HasLostFacts, IsAhead = true }
                    : new GivenSource(video, way, TimeSpan.FromSeconds(lease.Manifest.Content.CostSeconds), default) { HasLostFacts = found.HasLostFacts };
            },
            progress,
            cancellationToken).ConfigureAwait(false);
        if (given.Video is { } file)
        {
            if (given.IsAhead)
            {
                report.GivenAhead(given.How, given.Saved, file.Length);
            }
            else
            {
                report.Given(given.How, given.Saved, file.Length);
            }

            if (request.Use != CacheUse.NoStore)
            {
                Shared?.NoteKey(file.Media!.ContentHash, key.Name);
            }

            NoteUse(request.JobId, file.Media!, given.Saved, new StageUse(file.Outcome, given.Saved, given.IsAhead ? 0 : file.Length, CacheReason.None));
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

    /// <summary>Books the first request for what was fetched ahead. A fault in the books costs evidence, and nobody its video.</summary>
    public AheadRecord? UseAhead(EntryLease lease, DateTimeOffset requestedAt)
    {
        try
        {
            return catalog.Ahead.TryUse(lease, requestedAt);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Layer.Boundary.Report("book use", exception);
            return null;
        }
    }

    /// <summary>A place for a resumable partial of this key, inside the cache's directory so that it is swept when it is old.</summary>
    public ValueTask<string?> PartialPathAsync(SourceKey key, CancellationToken cancellationToken) =>
        Layer.Boundary.AttemptAsync<string?>(
            "partial",
            null,
            _ =>
            {
                Layer.Directory.MakeDirectory(catalog.PartialsDirectory);
                return Path.Combine(catalog.PartialsDirectory, key.Name);
            },
            cancellationToken);

    /// <summary>Takes the partial of this key away, with what its downloader noted beside it. For whoever holds the key's lock: nobody else is in it then.</summary>
    public void DropPartial(SourceKey key)
    {
        if (Layer.Files.Stat(catalog.PartialsDirectory) is not { Kind: FileKind.Directory })
        {
            return; // Nothing is deleted through a link.
        }

        foreach (var path in FileSystem.ListOrNone(() => Layer.Files.ListFiles(catalog.PartialsDirectory, key.Name + "*")).Where(static path => OwnNames.IsPartial(Path.GetFileName(path))))
        {
            Layer.Files.Delete(path);
        }
    }

    /// <summary>Removes a source and all that is known of its content. Here alone: what other hosts have is nobody's who only wants it gone here.</summary>
    public bool Remove(string contentHash, string reason)
    {
        var removed = RemoveEntry(contentHash, reason);
        catalog.ForgetFacts(contentHash);
        return removed;
    }

    /// <summary>Removes a source that is suspected, with its facts; that it was, is remembered.</summary>
    public bool Drop(string contentHash, string reason)
    {
        try
        {
            if (Layer.Entries.Exists(ContentName.Of(contentHash)))
            {
                // It goes unread. Where its bytes were not those of its hash, what was made of them would be joined to what is made of the right ones.
                Layer.Doubted(ContentName.Of(contentHash));
            }

            return RemoveEntry(contentHash, reason);
        }
        finally
        {
            // Also where the entry stays: with its facts it would count as proven.
            catalog.ForgetButDoubt(contentHash);
        }
    }

    /// <summary>Reads every byte of a stored source; what is wrong goes to quarantine. Intact where there is none.</summary>
    public EntryVerdict Recheck(string contentHash, OperationPulse pulse)
    {
        var name = ContentName.Of(contentHash);
        if (Layer.Entries.TryLease(name, pulse, out _, fromDisk: true) is { } lease)
        {
            return Layer.Entries.Verify(lease, pulse);
        }

        // What is there still was not read to its end.
        return Layer.Entries.Exists(name) ? EntryVerdict.Changing : EntryVerdict.Intact;
    }

    /// <summary>Reads a suspected source in full, after which it is suspected no more: its bytes were right, or are in quarantine. One that changes meanwhile stays suspected.</summary>
    public EntryVerdict Reexamine(string contentHash, long length, OperationPulse pulse)
    {
        var verdict = Recheck(contentHash, pulse);
        if (verdict != EntryVerdict.Changing && catalog.Facts(contentHash) is { Suspected: true })
        {
            catalog.Learn(contentHash, length, static known => known with { Suspected = false });
        }

        return verdict;
    }

    /// <summary>Notes that a job asked for a source: it is needed until the job has ended, and who asks again is a retry.</summary>
    public void NoteUse(string? jobId, SourceMedia media, TimeSpan cost, StageUse use)
    {
        Layer.Events.Observe(Layer.Event(CacheEventKind.Requested, ContentName.Of(media.ContentHash), media.Length, cost.TotalSeconds, jobId));
        if (jobId is not null)
        {
            Layer.Events.Use(EntryKind.Source, media.ContentHash, jobId, use);
        }
    }

    // What the caller knows to have another length by now is replaced by what it fetches.
    private SourceRecord? FindRecord(SourceKey key, long? expectedLength, out Reason reason)
    {
        var record = catalog.Find(key, out reason);
        if (record is null || expectedLength is not { } expected || record.Length == expected)
        {
            return record;
        }

        reason = new(CacheReason.OtherContent, $"it has {record.Length} bytes, and {expected} are expected");
        return null;
    }

    // Reads a suspected source in full, and an entry whose files have other times: it may take minutes.
    private LeasedSource LeaseChecked(SourceKey key, long? expectedLength, CacheOutcome outcome, OperationPulse pulse)
    {
        if (FindRecord(key, expectedLength, out var reason) is not { } record)
        {
            return LeasedSource.None(reason.Code == CacheReason.NotCached ? Layer.NotStored.Of(key.Name, reason) : reason);
        }

        if (Layer.Mode == LayerMode.Observe)
        {
            return LeasedSource.None(CacheReason.WouldHaveHit);
        }

        var known = catalog.Facts(record.ContentHash);

        // Its worker had no time for that when it stopped.
        if (known is { Suspected: true } && Reexamine(record.ContentHash, record.Length, pulse) == EntryVerdict.Changing)
        {
            return LeasedSource.None(new(CacheReason.InUse, "suspected, and in use where it is to be read again"));
        }

        if (Layer.Entries.TryLease(ContentName.Of(record.ContentHash), pulse, out reason) is not { } lease)
        {
            return LeasedSource.None(reason.Code == CacheReason.NotCached ? Layer.NotStored.Of(key.Name, CacheReason.NoLongerCached) : reason);
        }

        if (!SourceEntry.IsOf(lease.Manifest.Content, record.ContentHash))
        {
            lease.Dispose();
            return LeasedSource.None(new(CacheReason.OtherContent, "another content of the same name"));
        }

        var media = known?.ToMedia();
        var bare = new SourceMedia { ContentHash = record.ContentHash, Length = lease.Manifest.TotalLength };
        return new LeasedSource(lease, media ?? bare, outcome, default) { HasLostFacts = known is null || !probe.HasSaid(known) };
    }

    private bool RemoveEntry(string contentHash, string reason)
    {
        Rejections.Add(contentHash);
        return Layer.Entries.Remove(ContentName.Of(contentHash), EntryRemoval.Trash, reason);
    }
}
