using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <summary>A downloaded file that the cache is to know: staged to become an entry, or only looked at to be hashed.</summary>
internal sealed class TakenSource : IDisposable
{
    private readonly string _original;
    private readonly StagedEntry? _staged;
    private readonly HeldFile? _held;

    /// <param name="original">The worker's file.</param>
    /// <param name="staged">The entry in the making that has it.</param>
    public TakenSource(string original, StagedEntry staged)
    {
        _original = original;
        _staged = staged;
        Length = staged.Length;
    }

    /// <summary>
    /// What is not to be stored is not held open either: a file that the worker deletes is to give its space back at once, the more where space is what was lacking.
    /// Then its hash is not known.
    /// </summary>
    /// <param name="files">The file system.</param>
    /// <param name="original">The worker's file.</param>
    public TakenSource(FileSystem files, string original)
    {
        _original = original;
        _held = new HeldFile(files, original, HandleBudget.None);
        Length = _held.Witness.Length;
    }

    /// <summary>Where the probe can read it.</summary>
    public string Path => _staged is { NeedsCopy: false } ? System.IO.Path.Combine(_staged.Directory, _staged.Files[0].Path) : _original;

    public long Length { get; }

    /// <summary>The file at <see cref="Path"/> as it is hashed, where the worker can still reach it; <see langword="null"/> for a copy or a clone.</summary>
    public FileFacts? Seen => _held?.Witness ?? (_staged is { NeedsCopy: true } || _staged!.Files[0].SharesInode ? _staged.Files[0].Witness : null);

    /// <summary>What is staged to become an entry; <see langword="null"/> where the file is only to be hashed.</summary>
    public StagedEntry? Staged => _staged;

    /// <summary>The content's hash, once it is known.</summary>
    public string? ContentHash { get; private set; }

    /// <summary>The same of what is staged, as a manifest names it.</summary>
    public IReadOnlyList<ManifestFile>? Hashed { get; private set; }

    /// <summary>Waits until the file's time is a witness. False where the file cannot be stored, because it is dated ahead; to be hashed it need not be older.</summary>
    public async ValueTask<bool> SettleAsync(ContentHasher hasher)
    {
        if (_staged is not null)
        {
            return await _staged.SettleAsync(hasher, CancellationToken.None).ConfigureAwait(false);
        }

        var isSettled = await hasher.SettleAsync(_held!.Witness, CancellationToken.None).ConfigureAwait(false);

        // A write while it is read sets another time than one that lies ahead.
        _held.Settled();
        return isSettled;
    }

    /// <summary>Lets the worker's file go, where it is only held open; what it was is known, and it is looked for again when it is read.</summary>
    public void LetGo() => _staged?.LetGo();

    /// <summary>Which streams it holds, once it is hashed; <see langword="null"/> where that is not known.</summary>
    public string? Streams { get; private set; }

    public string Hash(ContentHasher hasher, OperationPulse pulse)
    {
        var streams = new StreamIdentity();
        Hashed = _staged?.Hash(hasher, pulse, streams);
        ContentHash = Hashed?[0].Sha256 ?? _held!.Hash(hasher, pulse, streams);
        Streams = streams.End();
        return ContentHash;
    }

    public void Dispose()
    {
        _staged?.Dispose();
        _held?.Dispose();
    }
}
