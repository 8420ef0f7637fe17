using Microsoft.Win32.SafeHandles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>
/// The confirmations of one target, shared by all processes: a directory of parts, of which only the newest is written to, by appending. A record is one
/// <c>write</c>, into the later of today's part and the newest. After it the writer looks whether that part still is the newest, and else writes the same
/// there again. So whatever closes a part only has to make a newer one first, and needs no lock against writers.
/// Nothing but a forget is flushed per record: what the kernel has survives the death of the process, and a power cut costs a few files sent again.
/// </summary>
internal sealed class TargetJournal : IDisposable
{
    /// <summary>A part that has so many bytes is followed by another of the same day, so that a session reads no more than this from beginning to end.</summary>
    public const long PartSize = 16 << 20;

    private const int MaxRounds = 16;
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly LayerDirectory _layer;
    private readonly TimeProvider _time;
    private readonly bool _reads;
    private readonly Dictionary<JournalPart, long> _unflushed = []; // and the number of its last append
    private JournalReader _reader = new();
    private JournalPart _reading;
    private bool _isReadToTheEnd;
    private JournalPart _newest;
    private SafeFileHandle? _handle;
    private JournalPart _open;
    private bool _needsHeader;
    private long _appends;
    private int _hasClosed;
    private volatile bool _disposed;

    /// <param name="layer">The upload layer.</param>
    /// <param name="name">The target's short name.</param>
    /// <param name="key">The whole of its identity; <see langword="null"/> to take what the directory says.</param>
    /// <param name="time">The clock that says which day it is.</param>
    /// <param name="reads">Whether what others wrote is to be known; where not, it counts as known.</param>
    public TargetJournal(LayerDirectory layer, string name, ContentKey? key, TimeProvider time, bool reads = true) =>
        (_layer, Name, Key, _time, _reads) = (layer, name, key, time, reads);

    public string Name { get; }

    /// <summary>Whose journal it is: given, or as the parts say.</summary>
    public ContentKey? Key { get; private set; }

    /// <summary>The header of a part; <see langword="null"/> where none was read.</summary>
    public JournalRecord? Header { get; private set; }

    /// <summary>A newer version writes, or wrote, a part of it, which is neither read nor written.</summary>
    public bool HasNewer { get; private set; }

    public static string LockNameOf(string name) => "journal-" + name;

    public static string DirectoryOf(LayerDirectory layer) => Path.Combine(layer.Root, "targets");

    public static string DirectoryOf(LayerDirectory layer, string name) => Path.Combine(DirectoryOf(layer), name);

    public static string PathOf(LayerDirectory layer, string name, JournalPart part) => Path.Combine(DirectoryOf(layer, name), part.FileName);

    public static bool IsName(string text) => text.Length == TargetName.ShortLength && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Names of the targets that have journals, the one whose parts changed last first.</summary>
    public static IEnumerable<string> NamesIn(LayerDirectory layer)
    {
        var directory = new DirectoryInfo(DirectoryOf(layer));
        return layer.FileSystem.Stat(directory.FullName) is { Kind: FileKind.Directory }
            ? directory.EnumerateDirectories().Where(static found => IsName(found.Name)).OrderByDescending(static found => found.LastWriteTimeUtc).Select(static found => found.Name)
            : [];
    }

    /// <summary>The parts in order, also what has a part's name and is no file: it is in the way, and what was there is in doubt. Other names are nobody's.</summary>
    public static List<JournalPart> PartsOf(LayerDirectory layer, string name)
    {
        var parts = new List<JournalPart>();
        try
        {
            foreach (var path in Directory.EnumerateFileSystemEntries(DirectoryOf(layer, name)))
            {
                if (JournalPart.TryParseFileName(Path.GetFileName(path.AsSpan()), out var part))
                {
                    parts.Add(part);
                }
            }
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }

        parts.Sort();
        return parts;
    }

    /// <summary>Reads everything that was not read before, of sorted parts only what is asked for.</summary>
    public void Follow(OperationPulse pulse, ConfirmedContent content)
    {
        lock (_gate)
        {
            Follow(PartsOf(_layer, Name), pulse, content);
        }
    }

    /// <summary>
    /// Appends lines that begin and end with a newline, in one write to the newest part. Where others have appended since the last time, it then reads
    /// everything that is new, these lines and those of others.
    /// </summary>
    /// <returns>False where only a newer version may write.</returns>
    public bool Append(ReadOnlySpan<byte> lines, JournalRecord header, OperationPulse pulse, ConfirmedContent content)
    {
        lock (_gate)
        {
            for (var round = 0; round < MaxRounds; round++)
            {
                // One that was given up while another's write hung: its lines are written again, and late they could undo what was recorded since.
                pulse.Beat();

                // Where an append is a look for the end and a write, appenders exclude each other.
                using var turn = _layer.FileSystem.AppendsInOneStep ? null : _layer.TakeLock(LockNameOf(Name), exclusive: true, LockPatience, pulse);
                if (!TryOpenNewest(header, pulse))
                {
                    return false;
                }

                ReadOnlySpan<byte> own = _needsHeader ? [.. header.ToLine(), .. lines] : lines;
                _layer.FileSystem.Append(_handle!, own);
                _needsHeader = false;
                _unflushed[_open] = ++_appends;

                var facts = _layer.FileSystem.Stat(_handle!);
                var parts = PartsOf(_layer, Name);
                var isThere = facts.Links > 0 && parts.Count > 0 && parts[^1] == _open;
                if (isThere && _reading == _open && facts.Length == _reader.Offset + own.Length)
                {
                    // As long as the file grew by our own lines only, there is nothing to learn from it.
                    _reader.Skip(facts.Length);
                    content.Advance(End);
                }
                else
                {
                    if (facts.Links == 0)
                    {
                        // Sorted, or removed: places in the open file mean nothing in the one that has its name now.
                        Close();
                        (_reader, _reading, _isReadToTheEnd) = (new JournalReader(), default, false);
                    }

                    Follow(parts, pulse, content);
                }

                _newest = parts.Count > 0 ? parts[^1] : default;
                if (!isThere || facts.Length >= PartSize || _disposed)
                {
                    Close();
                }

                if (isThere)
                {
                    return true;
                }
            }

            throw new IOException("The journal's newest part was another one after each write.");
        }
    }

    /// <summary>Whether a part was closed by this writer since it was asked the last time. Not under the gate, which an append that hangs keeps.</summary>
    public bool TakeHasClosed() => Interlocked.Exchange(ref _hasClosed, 0) != 0;

    /// <summary>Has on disk what was appended before the call, with the names that lead to it.</summary>
    public void Flush()
    {
        // Not under the gate: a flush takes as long as the disk likes, and the next record must not wait for it.
        List<KeyValuePair<JournalPart, long>> parts;
        lock (_gate)
        {
            parts = [.. _unflushed];
        }

        foreach (var (part, _) in parts)
        {
            try
            {
                _layer.FileSystem.Flush(PathOf(_layer, Name, part));
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                // Aged out, or removed with the cache.
            }
        }

        if (parts.Count > 0)
        {
            FlushNames();
        }

        lock (_gate)
        {
            // Only now: whoever wants a forget on the disk while another's flush is under way must not take that one for done.
            foreach (var (part, _) in parts.Where(part => _unflushed.GetValueOrDefault(part.Key) == part.Value))
            {
                _unflushed.Remove(part);
            }
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

    private JournalPosition End => _isReadToTheEnd ? JournalPosition.EndOf(_reading) : new JournalPosition(_reading, _reader.Offset);

    private void Follow(List<JournalPart> parts, OperationPulse pulse, ConfirmedContent content)
    {
        // A session that does not read knows nothing and asks for nothing: where it writes, it writes after all that.
        foreach (var part in parts.Where(part => part >= _reading && (_reads || part == parts[^1])))
        {
            if (part > _reading)
            {
                (_reader, _reading, _isReadToTheEnd) = (new JournalReader(), part, false);
            }

            if (!_isReadToTheEnd)
            {
                FollowPart(part, part == parts[^1], pulse, content);
            }
        }

        content.Advance(End);
    }

    private void FollowPart(JournalPart part, bool isNewest, OperationPulse pulse, ConfirmedContent content)
    {
        try
        {
            using var other = part == _open && _handle is not null ? null : _layer.FileSystem.OpenRead(PathOf(_layer, Name, part));
            var handle = other ?? _handle!;
            var length = RandomAccess.GetLength(handle);
            if (!_reads)
            {
                _reader.Skip(length);
                return;
            }

            // One's own open part was looked at when it was opened. Another may have been sorted since: then places in it mean nothing.
            var header = other is null ? new PartHeader(PartHeader.Form.Own, Header) : Recognise(handle, pulse);
            switch (header.State)
            {
                case PartHeader.Form.Own when other is not null && header.Record!.Table is { } table:
                    void Found(ReadOnlySpan<byte> line, long end) => content.Visit(line, JournalPosition.EndOf(part));
                    if (!SortedSearch.TryVisit(handle, table, content.Wanted, pulse, Found))
                    {
                        new JournalReader().Follow(handle, length, pulse, Found);
                    }

                    _isReadToTheEnd = true;
                    break;
                case PartHeader.Form.Own:
                    _reader.Follow(handle, length, pulse, (line, end) => content.Visit(line, new JournalPosition(part, end)));
                    break;
                case PartHeader.Form.Newer or PartHeader.Form.Foreign:
                    Doubt(part, content);
                    break;
                default:
                    break;
            }
        }
        catch (FileNotFoundException)
        {
            // Aged out since it was listed.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // One part that can't be read must not hide the others. What it may take back is in doubt.
            if (!isNewest)
            {
                Doubt(part, content);
                return;
            }

            // Others go on writing to this one. Called read, it would hide from this session what they take back there, and what the session then confirms
            // would count as if it knew. The next look tries again from here.
            content.Advance(End);
            content.Doubt(content.Now());
        }
    }

    private void Doubt(JournalPart part, ConfirmedContent content)
    {
        content.Doubt(JournalPosition.EndOf(part));
        _isReadToTheEnd = true;
    }

    private PartHeader Recognise(SafeFileHandle handle, OperationPulse pulse)
    {
        var header = PartHeader.Read(handle, Name, Key, pulse);
        if (header.State == PartHeader.Form.Own)
        {
            Header ??= header.Record;
            Key ??= header.Record!.Key;
        }

        HasNewer |= header.State == PartHeader.Form.Newer;
        return header;
    }

    /// <summary>Opens the later of today's part and the newest, and the next where that one is full or none to write to.</summary>
    private bool TryOpenNewest(JournalRecord header, OperationPulse pulse)
    {
        Key ??= header.Key;
        var today = JournalPart.FirstOf(_time.GetUtcNow());
        if (_newest == default && PartsOf(_layer, Name) is [.., var last])
        {
            _newest = last;
        }

        var part = today > _newest ? today : _newest;
        if (_handle is not null && _open == part)
        {
            return true;
        }

        for (var attempt = 0; attempt < MaxRounds; attempt++, part = part.Next)
        {
            pulse.Beat();
            Close();
            _handle = OpenAppend(part);
            _open = part;
            var found = Recognise(_handle, pulse);
            var length = RandomAccess.GetLength(_handle);
            if (length == 0 && _newest != default && part > _newest)
            {
                Volatile.Write(ref _hasClosed, 1);
            }

            _needsHeader = found.State == PartHeader.Form.Begun;
            if (found.State == PartHeader.Form.Newer)
            {
                Close();
                return false;
            }

            if (found.State != PartHeader.Form.Foreign && !found.IsSorted && length < PartSize)
            {
                return true;
            }
        }

        throw new IOException("No part of the journal can be written to.");
    }

    private SafeFileHandle OpenAppend(JournalPart part)
    {
        for (var attempt = 1; ; attempt++)
        {
            _layer.MakeDirectory(DirectoryOf(_layer));
            _layer.MakeDirectory(DirectoryOf(_layer, Name));
            try
            {
                return _layer.FileSystem.OpenAppend(PathOf(_layer, Name, part), _layer.FileMode);
            }
            catch (Exception exception) when (attempt < MaxRounds && (exception is FileNotFoundException or DirectoryNotFoundException))
            {
                // A clean-up has removed the directory since, because it was empty.
            }
        }
    }

    private void FlushNames()
    {
        _layer.FileSystem.Flush(DirectoryOf(_layer, Name));
        _layer.FileSystem.Flush(DirectoryOf(_layer));
        _layer.FileSystem.Flush(_layer.Root);
    }

    private void Close() => Interlocked.Exchange(ref _handle, null)?.Dispose();
}
