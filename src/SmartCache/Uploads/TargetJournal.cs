using Microsoft.Win32.SafeHandles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>
/// The append-only confirmations of one target, shared by all processes. Each append is one <c>write</c> under a shared lock; whoever compacts
/// or deletes the file holds the lock exclusively, so that after locking it is enough to look whether the name still leads to the open file.
/// Nothing is flushed per record: what the kernel has survives the death of the process, and a power cut costs a few files sent again.
/// </summary>
internal sealed class TargetJournal(LayerDirectory layer, string name) : IDisposable
{
    private const string Extension = ".journal";
    private const int HeaderWithin = 8 << 10;
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly JournalReader _reader = new();
    private SafeFileHandle? _handle;
    private FileFacts _open;
    private long _ownUnread;
    private volatile bool _disposed;

    /// <summary>The target's short name.</summary>
    public string Name { get; } = name;

    public string Path { get; } = System.IO.Path.Combine(DirectoryOf(layer), name + Extension);

    /// <summary>Whose journal the file says it is; <see langword="null"/> where it was not read or does not say.</summary>
    public JournalRecord? Header { get; private set; }

    /// <summary>A newer version writes this file: it is neither read nor written.</summary>
    public bool IsNewer => Header?.Version > JournalRecord.FormatVersion;

    public static string DirectoryOf(LayerDirectory layer) => System.IO.Path.Combine(layer.Root, "targets");

    public static string LockNameOf(string name) => "journal-" + name;

    /// <summary>Names of the journals that exist, the one written last first.</summary>
    public static IEnumerable<string> NamesIn(LayerDirectory layer)
    {
        var directory = new DirectoryInfo(DirectoryOf(layer));
        return layer.FileSystem.Stat(directory.FullName) is { Kind: FileKind.Directory }
            ? directory.EnumerateFiles("*" + Extension)
                .OrderByDescending(file => file.LastWriteTimeUtc)
                .Select(file => System.IO.Path.GetFileNameWithoutExtension(file.Name))
                .Where(found => found.Length == 32 && found.All(char.IsAsciiHexDigitLower))
            : [];
    }

    /// <summary>Reads what is there, without a lock: compaction replaces the file and never changes one.</summary>
    public void Load(OperationPulse pulse, JournalLine visit)
    {
        lock (_gate)
        {
            if (layer.FileSystem.Stat(Path) is null)
            {
                return;
            }

            using var handle = layer.FileSystem.OpenRead(Path);
            Header = ReadHeader(handle, Name, pulse);
            if (!IsNewer)
            {
                _reader.Follow(handle, pulse, visit);
            }
        }
    }

    /// <summary>
    /// Appends lines that begin and end with a newline, in one write. Where others have appended since the last time, it then shows
    /// <paramref name="visit"/> everything that is new in the file, these lines and those of others.
    /// </summary>
    public void Append(ReadOnlySpan<byte> lines, JournalRecord header, OperationPulse pulse, JournalLine? visit)
    {
        lock (_gate)
        {
            // One that was given up while another's write hung: its lines are written again, and late they could undo what was recorded since.
            pulse.Beat();

            // Where an append is a look for the end and a write, appenders exclude each other.
            using var turn = LockWait.Take(layer, LockNameOf(Name), exclusive: !layer.FileSystem.AppendsInOneStep, LockPatience, pulse);
            var handle = Current(pulse, out var length);
            if (IsNewer)
            {
                return;
            }

            ReadOnlySpan<byte> own = Header is null ? [.. header.ToLine(), .. lines] : lines;
            var isAlone = length == _reader.Offset + _ownUnread;
            layer.FileSystem.Append(handle, own);
            Header ??= header;
            _ownUnread += own.Length;

            // As long as the file grew by our own lines only, there is nothing to learn from it.
            if (visit is not null && !isAlone)
            {
                _reader.Follow(handle, pulse, visit);
                _ownUnread = 0;
            }

            if (_disposed)
            {
                Close();
            }
        }
    }

    public void Flush()
    {
        // Not under the gate: a flush takes as long as the disk likes, and the next record must not wait for it.
        if (layer.FileSystem.Stat(Path) is not null)
        {
            layer.FileSystem.Flush(Path);
        }
    }

    public void Dispose()
    {
        _disposed = true;

        // An append that hangs keeps the gate and closes the file itself if it ever returns.
        if (_gate.TryEnter())
        {
            try
            {
                Close();
            }
            finally
            {
                _gate.Exit();
            }
        }
    }

    /// <summary>The header, if it is where it belongs: at the beginning, behind at most a few torn attempts to write it.</summary>
    public static JournalRecord? ReadHeader(SafeFileHandle handle, string name, OperationPulse pulse)
    {
        pulse.Beat();
        var start = new byte[HeaderWithin];
        ReadOnlySpan<byte> rest = start.AsSpan(0, RandomAccess.Read(handle, start, 0));
        while (rest.IndexOf((byte)'\n') is var end and >= 0)
        {
            if (end > 0
                && JournalRecord.Parse(rest[..end]) is { Kind: JournalKind.Header } header
                && header.Key.ToString().StartsWith(name, StringComparison.Ordinal))
            {
                return header;
            }

            rest = rest[(end + 1)..];
        }

        return null;
    }

    private SafeFileHandle Current(OperationPulse pulse, out long length)
    {
        if (_handle is not null && layer.FileSystem.Stat(Path) is { } named && named.Inode == _open.Inode && named.Device == _open.Device)
        {
            length = named.Length;
            return _handle;
        }

        Close();
        layer.MakeDirectory(DirectoryOf(layer));
        _handle = layer.FileSystem.OpenAppend(Path, layer.FileMode);
        _open = layer.FileSystem.Stat(_handle);
        length = _reader.IsFollowing(_open) ? _open.Length : -1;
        Header = ReadHeader(_handle, Name, pulse);
        return _handle;
    }

    private void Close() => Interlocked.Exchange(ref _handle, null)?.Dispose();
}
