using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Remote;

/// <summary>
/// Takes a pack's bytes, and puts each file where it belongs; every byte is hashed before it counts. Bytes come in order (<see cref="Append"/>), or out of order
/// (<see cref="WriteAt"/>) and are read again from the file once all before them are there (<see cref="AdvanceTo"/>): they are in the page cache then.
/// </summary>
/// <remarks>What lies under a file's name is unlinked, never written through. <see cref="TakeBack"/> leaves nothing of what was written.</remarks>
internal sealed class PackSink : IDisposable
{
    private const int ChunkBytes = 256 << 10;

    private readonly FileSystem _system;
    private readonly IReadOnlyList<ManifestFile> _files;
    private readonly IReadOnlyList<string> _paths;
    private readonly UnixFileMode? _mode;
    private readonly long[] _starts;
    private readonly SafeFileHandle?[] _open;
    private readonly Lock _opening = new();
    private readonly IncrementalHash _sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<string> _made = [];
    private readonly Stack<string> _madeDirectories = new();
    private string? _last;
    private byte[]? _chunk;
    private int _current;
    private long _hashed;

    /// <param name="system">The file system.</param>
    /// <param name="files">The pack's files, in its order.</param>
    /// <param name="paths">Where each goes.</param>
    /// <param name="mode">Permissions of the files; <see langword="null"/> = as the worker makes files.</param>
    public PackSink(FileSystem system, IReadOnlyList<ManifestFile> files, IReadOnlyList<string> paths, UnixFileMode? mode = null)
    {
        (_system, _files, _paths, _mode) = (system, files, paths, mode);
        _open = new SafeFileHandle?[files.Count];
        _starts = new long[files.Count + 1];
        for (var i = 0; i < files.Count; i++)
        {
            _starts[i + 1] = _starts[i] + files[i].Length;
        }
    }

    /// <summary>Bytes of all files.</summary>
    public long Length => _starts[^1];

    /// <summary>Bytes that are checked.</summary>
    public long Hashed => Volatile.Read(ref _hashed);

    /// <summary>The next bytes in order.</summary>
    /// <exception cref="WrongPackException">They are proven wrong.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            FinishFull();
            var within = bytes[..(int)Math.Min(bytes.Length, _starts[_current + 1] - _hashed)];
            RandomAccess.Write(Handle(_current), within, _hashed - _starts[_current]);
            _sha.AppendData(within);
            _hashed += within.Length;
            bytes = bytes[within.Length..];
        }
    }

    /// <summary>Bytes at a place; thread-safe for places that do not overlap.</summary>
    public void WriteAt(long position, ReadOnlySpan<byte> bytes)
    {
        var index = IndexAt(position);
        while (!bytes.IsEmpty)
        {
            var within = bytes[..(int)Math.Min(bytes.Length, _starts[index + 1] - position)];
            if (!within.IsEmpty)
            {
                RandomAccess.Write(Handle(index), within, position - _starts[index]);
            }

            position += within.Length;
            bytes = bytes[within.Length..];
            index++;
        }
    }

    /// <summary>Checks all bytes up to a place; they have been written by <see cref="WriteAt"/>. One caller at a time.</summary>
    /// <exception cref="WrongPackException">They are proven wrong.</exception>
    public void AdvanceTo(long position)
    {
        _chunk ??= new byte[ChunkBytes];
        while (_hashed < position)
        {
            FinishFull();
            var count = (int)Math.Min(_chunk.Length, Math.Min(position, _starts[_current + 1]) - _hashed);
            var read = RandomAccess.Read(Handle(_current), _chunk.AsSpan(0, count), _hashed - _starts[_current]);
            if (read == 0)
            {
                throw new IOException("What was written is not there.");
            }

            _sha.AppendData(_chunk, 0, read);
            _hashed += read;
        }
    }

    /// <summary>After all bytes: every file is there and right.</summary>
    /// <exception cref="WrongPackException">One is not.</exception>
    public void Complete()
    {
        FinishFull();
        if (_current != _files.Count)
        {
            throw new EndOfStreamException("The pack ended early.");
        }
    }

    /// <summary>Deletes everything that was written.</summary>
    public void TakeBack()
    {
        Dispose();
        foreach (var path in _made)
        {
            Try(() => _system.Delete(path));
        }

        foreach (var directory in _madeDirectories)
        {
            Try(() => _system.DeleteDirectory(directory));
        }
    }

    public void Dispose()
    {
        lock (_opening)
        {
            for (var i = 0; i < _open.Length; i++)
            {
                _open[i]?.Dispose();
                _open[i] = null;
            }
        }

        _sha.Dispose();
    }

    // Also those without a byte, which nothing is written to.
    private void FinishFull()
    {
        while (_current < _files.Count && _hashed == _starts[_current + 1])
        {
            var file = _files[_current];
            var handle = Handle(_current);
            if (Convert.ToHexStringLower(_sha.GetHashAndReset()) != file.Sha256)
            {
                throw new WrongPackException("a file has another hash");
            }

            lock (_opening)
            {
                handle.Dispose();
                _open[_current] = null;
            }

            _current++;
        }
    }

    private SafeFileHandle Handle(int index)
    {
        lock (_opening)
        {
            return _open[index] ??= Create(_paths[index]);
        }
    }

    private SafeFileHandle Create(string path)
    {
        var directory = Path.GetDirectoryName(path)!;
        if (directory != _last)
        {
            MakeDirectory(directory);
            _last = directory;
        }

        if (_system.Stat(path) is not null)
        {
            _system.Delete(path);
        }

        var handle = _system.CreateNew(path, _mode);
        _made.Add(path);
        return handle;
    }

    private void MakeDirectory(string directory)
    {
        if (_system.DirectoryExists(directory))
        {
            return;
        }

        if (Path.GetDirectoryName(directory) is { Length: > 0 } above)
        {
            MakeDirectory(above);
        }

        _system.MakeDirectory(directory);
        _madeDirectories.Push(directory);
    }

    private int IndexAt(long position)
    {
        var found = Array.BinarySearch(_starts, position);
        return found >= 0 ? found : ~found - 1;
    }

    private static void Try(Action delete)
    {
        try
        {
            delete();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The worker's stage finds it, and replaces it.
        }
    }
}
