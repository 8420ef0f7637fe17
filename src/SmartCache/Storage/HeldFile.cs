using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>A file of the worker that is only to be hashed: opened at once, read later, so that the worker may delete it meanwhile.</summary>
internal sealed class HeldFile(string path) : IDisposable
{
    private readonly SafeFileHandle _handle = FileSystem.Current.OpenRead(path);
    private FileFacts? _witness;

    public FileFacts Witness => _witness ??= FileSystem.Current.Stat(_handle);

    /// <exception cref="WorkerChangedFileException">Somebody wrote to it since <see cref="Witness"/> was taken.</exception>
    public string Hash(ContentHasher hasher, OperationPulse pulse)
    {
        var before = Witness;
        var hash = hasher.Recall(before) ?? ContentHasher.Hash(_handle, pulse);
        if (!FileSystem.Current.Stat(_handle).IsUnchangedFrom(before))
        {
            throw new WorkerChangedFileException(path);
        }

        hasher.Remember(before, hash);
        return hash;
    }

    public void Dispose() => _handle.Dispose();
}
