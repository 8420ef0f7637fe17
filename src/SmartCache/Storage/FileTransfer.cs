using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using SmartCache.Abstractions;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>Clones and copies between the cache and the worker's directories, in both directions.</summary>
/// <param name="files">The file system.</param>
/// <param name="ways">Say which ways may be taken.</param>
/// <param name="notLinkable">Is told, once, that a link that should have been possible was not.</param>
/// <param name="handles">How many of the worker's files may be held open; the process's own without it.</param>
internal sealed class FileTransfer(FileSystem files, Func<MaterializeMode> ways, Action? notLinkable = null, HandleBudget? handles = null)
{
    private const int BufferSize = 1 << 20;

    // Asking a file system that cannot clone costs 30 µs a file; the answer does not change while it is mounted.
    private readonly ConcurrentDictionary<Route, Route> _cannotClone = new();

    private int _noted;

    /// <summary>For files that can only be copied.</summary>
    public HandleBudget Handles { get; } = handles ?? HandleBudget.OfProcess;

    public bool MayClone => ways() is MaterializeMode.Auto or MaterializeMode.Reflink;

    public bool MayLink => ways() is MaterializeMode.Auto or MaterializeMode.HardLink;

    /// <summary>A link that should have been possible was not: said once, because everything works and is many times slower.</summary>
    public void NoteNotLinkable()
    {
        if (Interlocked.Exchange(ref _noted, 1) == 0)
        {
            notLinkable?.Invoke();
        }
    }

    /// <summary>Whether a clone next to this name is worth a try; false where it is known that the file system cannot.</summary>
    public bool MayCloneTo(in FileFacts source, string destination) =>
        MayClone
        && files.Stat(Path.GetDirectoryName(destination)!) is { } directory
        && !_cannotClone.ContainsKey(new Route(source.Device, directory.Device));

    /// <summary>Clones an open file to a new name with its modification time; false where that cannot be.</summary>
    public bool TryClone(SafeFileHandle source, in FileFacts facts, string destination, UnixFileMode? mode)
    {
        if (!MayClone || files.Stat(Path.GetDirectoryName(destination)!) is not { } directory)
        {
            return false;
        }

        var route = new Route(facts.Device, directory.Device);
        if (_cannotClone.ContainsKey(route))
        {
            return false;
        }

        try
        {
            using var target = files.CreateNew(destination, mode);
            if (files.TryClone(source, target))
            {
                files.SetModified(destination, facts.Modified);
                return true;
            }
        }
        catch
        {
            files.Delete(destination);
            throw;
        }

        files.Delete(destination);
        _cannotClone[route] = route;
        return false;
    }

    /// <summary>Copies an open file to a new name with its modification time. Deletes the half of it when it fails.</summary>
    public void Copy(SafeFileHandle source, in FileFacts facts, string destination, UnixFileMode? mode, OperationPulse pulse)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            using (var target = files.CreateNew(destination, mode))
            {
                for (long offset = 0; ;)
                {
                    pulse.Beat();
                    var read = RandomAccess.Read(source, buffer.AsSpan(0, BufferSize), offset);
                    if (read == 0)
                    {
                        break;
                    }

                    RandomAccess.Write(target, buffer.AsSpan(0, read), offset);
                    offset += read;
                }
            }

            files.SetModified(destination, facts.Modified);
        }
        catch
        {
            files.Delete(destination);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private sealed record Route(ulong From, ulong To);
}
