using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Remote;
using SmartCache.Space;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <summary>A download on its way into the source layer. Between hashing and publishing it is probed: what is no video does not become an entry.</summary>
/// <param name="store">The layer's.</param>
/// <param name="key">What was asked for.</param>
/// <param name="path">The worker's file.</param>
/// <param name="fetchBegan">When the download began.</param>
internal sealed class SourceIntake(SourceStore store, SourceKey key, string path, DateTimeOffset fetchBegan) : EntryIntake(store.Layer, store.Space)
{
    private readonly TaskCompletionSource<LearnedMedia> _media = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TakenSource? _taken;
    private SourceMedia? _known;
    private Rejections.Save? _save;
    private bool _mayPublish;
    private bool _isBooked;

    public long? ExpectedLength { get; init; }

    /// <summary>What the request comes to: a miss, or a bypass where the layer could not be used.</summary>
    public CacheOutcome Outcome { get; init; } = CacheOutcome.Miss;

    /// <summary>Why the work was not spared.</summary>
    public CacheReason Reason { get; init; }

    /// <summary>Whether the entry is wanted; otherwise only keys and facts are (Observe).</summary>
    public bool StoreEntry { get; init; } = true;

    /// <summary>Whether the bytes were fetched because the stored ones are doubted (Refresh): these are read in full before they are kept.</summary>
    public bool DoubtsStored { get; init; }

    /// <summary>Whether anything may be written at all; otherwise only hash and facts are computed (NoStore).</summary>
    public bool StoreRecords { get; init; } = true;

    /// <summary>Of a fetch that no job has asked for; <see langword="null"/> of a job's.</summary>
    public AheadFetch? Ahead { get; init; }

    /// <summary>What a source came to that was not downloaded but fetched from another host; <see langword="null"/> where it was downloaded.</summary>
    public StageUse? Fetched { get; init; }

    /// <summary>The download over all hosts.</summary>
    public WorkTurn? Turn { get; init; }

    /// <summary>Hash and facts, once they are known; never faults.</summary>
    public Task<LearnedMedia> Media => _media.Task;

    /// <summary>The content's hash, once it is known.</summary>
    public string? ContentHash => _taken?.ContentHash;

    public override long Length => _taken?.Length ?? 0;

    protected override string Key => key.Name;

    protected override string Name => ContentName.Of(ContentHash!);

    protected override string? KnownName => ContentHash is null ? null : Name;

    protected override StagedEntry? Staged => _taken?.Staged;

    // Of what was fetched ahead nobody knows yet whether it had to be. Fetching is not making: nothing that was evicted had to be made again.
    protected override bool IsWanted => Ahead is null && Fetched is null && (Staged is not null || !StoreEntry);

    protected override bool IsUnasked => Ahead is { IsJoined: false };

    protected override long? KeepsFree => Ahead is { IsJoined: false } ahead ? ahead.KeepsFree : null;

    protected override bool MayPublish => _mayPublish;

    // An entry that is published first and taken away afterwards could be found by others in between, also after a power cut.
    protected override bool IsStillWanted => !_save!.IsRejected(_known!.ContentHash);

    /// <inheritdoc />
    /// <remarks>Where the file is accepted as a video but cannot be stored, it is taken to be looked at only.</remarks>
    public override async ValueTask<bool> TakeAsync(CancellationToken cancellationToken)
    {
        var looked = await AttemptAsync(store.Content, "accept", _ => Accept(), cancellationToken).ConfigureAwait(false);
        if (looked is null)
        {
            return false;
        }

        _taken = StoreEntry ? await AttemptAsync(Layer.Boundary, "stage", pulse => Stage(looked.Path, pulse), cancellationToken).ConfigureAwait(false) ?? looked : looked;
        if (!await _taken.SettleAsync(Layer.Hasher).ConfigureAwait(false) && _taken.Staged is { } staged)
        {
            NoteDatedAhead();
            await Layer.ReleaseAsync(staged).ConfigureAwait(false);
            _taken = looked;
            await looked.SettleAsync(Layer.Hasher).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>The same for a file that was written into the cache's own staging. It stays there, whether it is taken or not.</summary>
    public async ValueTask<bool> TakeOwnAsync(StagedEntry staged, CancellationToken cancellationToken)
    {
        staged.Own(Path.GetFileName(path));
        _taken = new TakenSource(path, staged);
        if (!await _taken.SettleAsync(Layer.Hasher).ConfigureAwait(false))
        {
            NoteDatedAhead();
            return false;
        }

        return await store.Content.AttemptAsync("accept", false, _ => IsAcceptable(path), cancellationToken).ConfigureAwait(false);
    }

    public override async Task<EntryLease?> StoreAsync(CancellationToken cancellationToken)
    {
        using var save = _save = store.Rejections.Begin();
        return await base.StoreAsync(cancellationToken).ConfigureAwait(false);
    }

    public override void Dispose() => _taken?.Dispose();

    protected override SpaceReservation? TakeGiven() => Ahead?.TakeReservation();

    protected override async ValueTask<bool> IdentifyAsync(EntrySpace space, CancellationToken cancellationToken)
    {
        var taken = _taken!;
        if (space.IsDiskShort)
        {
            // What the worker deletes must be gone.
            taken.LetGo();
        }

        if (await AttemptAsync(store.Content, "hash", pulse => taken.Hash(Layer.Hasher, pulse), cancellationToken).ConfigureAwait(false) is not { } hash)
        {
            return false;
        }

        if (key.ExpectedSha256 is { } expected && expected != hash)
        {
            WhyNotStored = new(CacheReason.Refused, "its SHA-256 is not the one its content id names");
            SourceLog.WrongContent(Layer.Logger);
            return false;
        }

        // The probe reads the copy where there is one: the worker's file may be gone by then.
        _mayPublish = Staged is { } entry && (!entry.NeedsCopy || await CopyInAsync(space, entry, cancellationToken).ConfigureAwait(false));
        if (!_mayPublish)
        {
            taken.LetGo();
        }

        var learned = await store.Learned.LearnAsync(hash, taken.Length, taken.Path, taken.Seen, StoreRecords, DoubtsStored, cancellationToken).ConfigureAwait(false);
        if (learned.Media is null)
        {
            WhyNotStored = learned.Why;
            return false;
        }

        _known = learned.Media;
        if (Ahead is not null)
        {
            await Ahead.AnnounceAsync(hash).ConfigureAwait(false);
        }

        if (StoreRecords)
        {
            // Before an encode of it can fail.
            await Layer.Boundary.AttemptAsync("note fetch", false, _ => store.Catalog.NoteFetched(hash, _known.Length, key.ExpectedSha256 is not null), cancellationToken).ConfigureAwait(false);
            if (taken.Streams is { } streams
                && await Layer.Boundary.AttemptAsync("note streams", false, _ => store.Catalog.NoteStreams(hash, _known.Length, streams), cancellationToken).ConfigureAwait(false))
            {
                Layer.Meter.SameStreams();
            }
        }

        _media.TrySetResult(learned);
        return true;
    }

    protected override void PrepareToPublish(OperationPulse pulse)
    {
        if (DoubtsStored || store.Catalog.Facts(_known!.ContentHash) is { Suspected: true })
        {
            store.Reexamine(_known!.ContentHash, _known.Length, pulse);
        }

        if (Ahead is not null)
        {
            _isBooked = TryBook(Ahead);
        }
    }

    private bool TryBook(AheadFetch ahead)
    {
        try
        {
            return store.Catalog.Ahead.TryAdd(
                Name, new AheadRecord { Bytes = Length, Seconds = Cost.TotalSeconds, FetchedAt = ahead.FetchedAt, Writer = Layer.Directory.WriterId });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The books are figures, and what was downloaded is what a job will ask for.
            Layer.Boundary.Report("book", exception);
            return false;
        }
    }

    protected override async ValueTask<EntryLease?> NoteAsync(EntryLease? lease)
    {
        var media = _known!;
        await BookAsync(isPublished: lease is not null && Staged is { StoredBytes: > 0 }).ConfigureAwait(false);
        if (_save!.IsRejected(media.ContentHash))
        {
            const string why = "rejected while it was saved";
            WhyNotStored = new(CacheReason.Refused, why);
            await Layer.ReleaseAsync(lease).ConfigureAwait(false);
            await Layer.Boundary.AttemptAsync("remove", false, _ => store.Drop(media.ContentHash, why), CancellationToken.None).ConfigureAwait(false);
            return null;
        }

        if (StoreRecords)
        {
            // Also where there was no space for it: the next attempt knows then which profiles it has, and a retry must not look like a first attempt.
            await Layer.Boundary.AttemptAsync("note key", false, _ => store.Catalog.Note(key, media.ContentHash, media.Length, fetchBegan), CancellationToken.None).ConfigureAwait(false);
            if (Ahead is null)
            {
                store.NoteUse(JobId, media, Cost, Fetched ?? StageUse.Made(Outcome, Reason));
            }
        }

        if (StoreRecords && store.Shared is { } shared)
        {
            shared.NoteKey(media.ContentHash, key.Name, fetchBegan);
            if (lease is not null)
            {
                await shared.StoredAsync(media, Turn).ConfigureAwait(false);
            }
        }

        return lease;
    }

    protected override ManifestContent Content() => new()
    {
        Created = Layer.Time.GetUtcNow(),
        Files = _taken!.Hashed!,
        Key = new Dictionary<string, string> { ["content"] = ContentHash! },
        Properties = !_isBooked ? new Dictionary<string, string>() : new Dictionary<string, string> { [AheadRecords.Property] = "1" },
        CostSeconds = Cost.TotalSeconds,
        Maker = LibraryVersion.Text,
    };

    protected override bool IsSame(Manifest there) => SourceEntry.IsOf(there.Content, ContentHash!);

    protected override void End() => Turn?.GiveBackUnlessSending();

    protected override void TellUnknown() => _media.TrySetResult(LearnedMedia.Unknown(WhyNotStored));

    protected override void LogStored(Manifest manifest) => SourceLog.Stored(Layer.Logger, EntryName.Short(ContentHash!), manifest.TotalLength);

    protected override void LogChangedMeanwhile() => SourceLog.ChangedMeanwhile(Layer.Logger);

    protected override void LogDatedAhead() => SourceLog.DatedAhead(Layer.Logger);

    protected override void Refuse(Reason why)
    {
        WhyNotStored = why;
        SourceLog.NotAccepted(Layer.Logger, why.Text);
    }

    protected override void RefuseAsTooLarge(long bytes)
    {
        WhyNotStored = new(CacheReason.NoRoom, "it alone is more than MaxSize");
        SourceLog.TooLarge(Layer.Logger, bytes);
    }

    private async ValueTask BookAsync(bool isPublished)
    {
        if (!_isBooked)
        {
            return;
        }

        if (isPublished)
        {
            store.Catalog.Ahead.NotePublished(Name);
            return;
        }

        var (name, bytes) = (Name, Length);
        await Layer.Boundary.AttemptAsync(
            "take a booking back",
            false,
            _ =>
            {
                store.Catalog.Ahead.TakeBack(name, bytes);
                return true;
            },
            CancellationToken.None).ConfigureAwait(false);
    }

    private TakenSource? Accept()
    {
        // A downloader may write through a symbolic link; the video is what lies behind it.
        var file = WorkerFile.Behind(Layer.Files, path);
        return IsAcceptable(file) ? new TakenSource(Layer.Files, file) : null;
    }

    private bool IsAcceptable(string file)
    {
        var refusal = SourceAcceptance.Refuse(Layer.Files, file, ExpectedLength);
        if (refusal is not null)
        {
            Refuse(new(CacheReason.Refused, refusal));
        }

        return refusal is null;
    }

    private TakenSource? Stage(string file, OperationPulse pulse) => Stage([(file, SourceEntry.FileName(file))], pulse) is { } staged ? new TakenSource(file, staged) : null;

    private async ValueTask<bool> CopyInAsync(EntrySpace space, StagedEntry staged, CancellationToken cancellationToken) =>
        await IsReservedAsync(space, cancellationToken).ConfigureAwait(false)
        && await AttemptAsync(
            Layer.Boundary,
            "copy",
            pulse =>
            {
                staged.CopyIn(pulse);
                return staged;
            },
            cancellationToken).ConfigureAwait(false) is not null;
}
