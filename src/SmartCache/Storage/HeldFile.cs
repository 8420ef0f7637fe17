using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// A file of the worker that is read later, in the background. It is held open, so that the worker may delete it meanwhile; where the
/// <see cref="HandleBudget"/> is used up it is looked for again by its path, and is of use only if it is still the same, untouched file.
/// </summary>
internal sealed class HeldFile : IDisposable
{
    private readonly FileSystem _files;
    private readonly string _path;
    private readonly HandleBudget _budget;
    private SafeFileHandle? _handle;

    public HeldFile(FileSystem files, string path, HandleBudget budget)
    {
        _files = files;
        _path = path;
        _budget = budget;
        if (!budget.TryTake())
        {
            Witness = _files.Stat(path) is { Kind: FileKind.Regular } facts
                ? facts
                : throw new IOException($"'{Path.GetFileName(path)}' is not a regular file.");
            return;
        }

        try
        {
            _handle = _files.OpenRead(path);
            Witness = _files.Stat(_handle);
        }
        catch
        {
            _handle?.Dispose();
            budget.Return();
            throw;
        }
    }

    /// <summary>The facts of the file when it was taken: if they differ later, somebody wrote to it.</summary>
    public FileFacts Witness { get; private set; }

    /// <summary>Says that the worker has not had the file back before its time had settled.</summary>
    public void Settled() => Witness = Witness with { IsSettled = true };

    /// <summary>Reads the file from its beginning, and makes sure afterwards that these were the bytes it was taken with.</summary>
    /// <exception cref="WorkerChangedFileException">Somebody wrote to it, or replaced it or deleted it where it was not held open.</exception>
    public string Read(Func<SafeFileHandle, string> read)
    {
        if (_handle is { } held)
        {
            return Read(held, read);
        }

        using var handle = OpenAgain();
        return Read(handle, read);
    }

    /// <exception cref="WorkerChangedFileException">Somebody wrote to it since <see cref="Witness"/> was taken.</exception>
    public string Hash(ContentHasher hasher, OperationPulse pulse, IHashedBytes? also = null)
    {
        var hash = Read(handle => hasher.Recall(Witness) ?? ContentHasher.Hash(handle, pulse, also));
        hasher.Remember(Witness, hash);
        return hash;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _handle, null) is { } handle)
        {
            handle.Dispose();
            _budget.Return();
        }
    }

    private string Read(SafeFileHandle handle, Func<SafeFileHandle, string> read)
    {
        var result = read(handle);
        EnsureUnchanged(_files.Stat(handle));
        return result;
    }

    private SafeFileHandle OpenAgain()
    {
        // The look first: what the worker put in its place may be something that cannot be opened.
        EnsureUnchanged(_files.Stat(_path));
        SafeFileHandle handle;
        try
        {
            handle = _files.OpenRead(_path);
        }
        catch (FileNotFoundException)
        {
            throw new WorkerChangedFileException(_path);
        }

        try
        {
            EnsureUnchanged(_files.Stat(handle));
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private void EnsureUnchanged(FileFacts? now)
    {
        if (now is not { } facts || !facts.IsUnchangedFrom(Witness))
        {
            throw new WorkerChangedFileException(_path);
        }
    }
}
