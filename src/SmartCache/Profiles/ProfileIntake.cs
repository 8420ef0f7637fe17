using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Remote;
using SmartCache.Space;
using SmartCache.Storage;

namespace SmartCache.Profiles;

/// <summary>An encode on its way into the profile layer.</summary>
/// <param name="store">The layer's.</param>
/// <param name="key">What was asked for.</param>
/// <param name="made">What the encoder made.</param>
/// <param name="contents">What its playlist reaches.</param>
internal sealed class ProfileIntake(ProfileStore store, ProfileKey key, EncodedProfile made, PlaylistContents contents) : EntryIntake(store.Layer, store.Space)
{
    private readonly TaskCompletionSource<string?> _hash = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StagedEntry? _staged;
    private long _length;
    private ManifestContent? _content;

    /// <summary>Whether an entry that is there is to be replaced: asked for (Refresh), or not accepted.</summary>
    public bool ReplacesStored { get; init; }

    /// <summary>What is counted when it is saved, beside the job. Never throws.</summary>
    public Func<ValueTask>? Counting { get; init; }

    /// <summary>Whether it was fetched from another host, and not made.</summary>
    public bool IsFetched { get; init; }

    /// <summary>What was reserved before it was fetched.</summary>
    public SpaceReservation? Reserved { get; init; }

    /// <summary>The work of the key over all hosts, which is given back when the profile has been sent.</summary>
    public WorkTurn? Turn { get; init; }

    /// <summary>Where the encoder was told to put its files; it may have made a directory of its own below.</summary>
    public string? OutputDirectory { get; init; }

    /// <summary>What was made, with its duration.</summary>
    public EncodedProfile Profile { get; } = made with { Duration = made.Duration ?? contents.Duration };

    /// <summary>The hash, once it is known; never faults.</summary>
    public Task<string?> Hash => _hash.Task;

    public override long Length => _length;

    protected override string Key => key.Name;

    protected override string Name => key.Name;

    protected override StagedEntry? Staged => _staged;

    // Fetching is not making: nothing that was evicted had to be made again.
    protected override bool IsWanted => !IsFetched;

    protected override bool Replaces => ReplacesStored;

    /// <inheritdoc />
    public override async ValueTask<bool> TakeAsync(CancellationToken cancellationToken)
    {
        _staged = await AttemptAsync(Layer.Boundary, "stage", pulse => Files() is { } files ? Stage(files, pulse) : null, cancellationToken).ConfigureAwait(false);
        if (_staged is null)
        {
            return false;
        }

        _length = _staged.Length;
        var isSettled = await _staged.SettleAsync(Layer.Hasher, cancellationToken).ConfigureAwait(false);
        if (!isSettled)
        {
            NoteDatedAhead();
        }

        return isSettled;
    }

    public override void Dispose() => _staged?.Dispose();

    protected override async ValueTask<bool> IdentifyAsync(EntrySpace space, CancellationToken cancellationToken)
    {
        _content = await AttemptAsync(
            Layer.Boundary,
            "hash",
            pulse => ProfileEntry.Content(key, Profile, _staged!.Hash(Layer.Hasher, pulse), OutputDirectory, Cost, Layer.Time.GetUtcNow()),
            cancellationToken).ConfigureAwait(false);
        if (_content is null)
        {
            return false;
        }

        _hash.TrySetResult(_content.Properties["hash"]);
        return true;
    }

    protected override async ValueTask<EntryLease?> NoteAsync(EntryLease? lease)
    {
        Observe(CacheEventKind.Requested, Length, JobId);
        if (Counting is not null)
        {
            await Counting().ConfigureAwait(false);
        }

        if (lease is not null && !IsFetched && store.Shared is { } shared)
        {
            await shared.StoredAsync(key, Length, ReplacesStored, Turn).ConfigureAwait(false);
        }
        return lease;
    }

    protected override SpaceReservation? TakeGiven() => Reserved;

    protected override void End() => Turn?.GiveBackUnlessSending();

    protected override ManifestContent Content() => _content!;

    protected override bool IsSame(Manifest there) => ProfileStore.IsOf(there, key);

    protected override void TellUnknown() => _hash.TrySetResult(null);

    protected override void LogStored(Manifest manifest) => ProfileLog.Stored(Layer.Logger, EntryName.Short(Name), manifest.Content.Files.Count, manifest.TotalLength);

    protected override void LogChangedMeanwhile() => ProfileLog.ChangedMeanwhile(Layer.Logger, LogText.Name(Profile.Name));

    protected override void LogDatedAhead() => ProfileLog.DatedAhead(Layer.Logger, LogText.Name(Profile.Name));

    protected override void Refuse(Reason why)
    {
        WhyNotStored = why;
        ProfileLog.NotStored(Layer.Logger, LogText.Name(Profile.Name), why.ToLog());
    }

    protected override void RefuseAsTooLarge(long bytes) => Refuse(new(CacheReason.NoRoom, $"its {bytes} bytes are more than MaxSize allows"));

    // What the playlist reaches, and each declared extra; null where they are too many.
    private IEnumerable<(string Source, string Path)>? Files()
    {
        var files = contents.Files.Union(Profile.ExtraFiles, StringComparer.Ordinal).ToList();
        if (files.Count <= ManifestFormat.MaxFiles)
        {
            return files.Select(file => EntryPath.IsSafe(file)
                ? (Path.Combine(Profile.Directory, file), ProfileEntry.StoredPath(file))
                : throw new IOException("An extra file lies outside the profile's directory."));
        }

        Refuse(new(CacheReason.Refused, $"it has {files.Count} files, an entry holds at most {ManifestFormat.MaxFiles}"));
        return null;
    }
}
