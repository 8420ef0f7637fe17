using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <summary>A downloaded file that the cache has its own hold on: staged to become an entry, or only opened to be hashed.</summary>
internal sealed class TakenSource : IDisposable
{
    private readonly StagedEntry? _staged;
    private readonly HeldFile? _held;
    private IReadOnlyList<ManifestFile>? _hashed;

    public TakenSource(string path, StagedEntry staged)
    {
        Path = path;
        _staged = staged;
        Length = staged.Length;
    }

    public TakenSource(string path, HeldFile held)
    {
        Path = path;
        _held = held;
        Length = held.Witness.Length;
    }

    /// <summary>Where the probe can read it.</summary>
    public string Path { get; }

    public long Length { get; }

    /// <summary>The file at <see cref="Path"/> as it is hashed, where the worker can still reach it; <see langword="null"/> for a copy or a clone.</summary>
    public FileFacts? Seen => _held?.Witness ?? (_staged!.Files[0] is { SharesInode: true } shared ? shared.Witness : null);

    /// <summary>What is staged to become an entry; <see langword="null"/> where the file is only to be hashed.</summary>
    public StagedEntry? Staged => _staged;

    /// <summary>The content's hash, once it is known.</summary>
    public string? ContentHash => _hashed?[0].Sha256;

    /// <inheritdoc cref="StagedEntry.SettleAsync"/>
    public async ValueTask<bool> SettleAsync(ContentHasher hasher)
    {
        if (_staged is not null)
        {
            return await _staged.SettleAsync(hasher, CancellationToken.None).ConfigureAwait(false);
        }

        var isSettled = await hasher.SettleAsync(_held!.Witness, CancellationToken.None).ConfigureAwait(false);
        if (isSettled)
        {
            _held.Settled();
        }

        return isSettled;
    }

    public string Hash(ContentHasher hasher, OperationPulse pulse)
    {
        if (_staged is null)
        {
            return _held!.Hash(hasher, pulse);
        }

        _hashed = _staged.Hash(hasher, pulse);
        return _hashed[0].Sha256;
    }

    public EntryLease? Publish(EntryStore entries, SourceMedia media, TimeSpan cost, DateTimeOffset now, OperationPulse pulse)
    {
        var content = new ManifestContent
        {
            Created = now,
            Files = _hashed!,
            Key = new Dictionary<string, string> { ["content"] = media.ContentHash },
            Properties = new Dictionary<string, string>(),
            CostSeconds = cost.TotalSeconds,
            Maker = LibraryVersion.Text,
        };
        return _staged!.PublishAs(SourceEntry.NameOf(media.ContentHash), entries, _staged.Finish(content, pulse), pulse);
    }

    public void Dispose()
    {
        _staged?.Dispose();
        _held?.Dispose();
    }
}
