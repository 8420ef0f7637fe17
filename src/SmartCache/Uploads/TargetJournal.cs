using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>
/// The confirmations of one target, shared by all processes: a directory of parts, of which only the newest is written to, by appending. A record is one
/// <c>write</c>, into the later of today's part and the newest. After it the writer looks whether that part still is the newest, and else writes the same
/// there again. So whatever closes a part only has to make a newer one first, and needs no lock against writers.
/// Not flushed per record, unless it is a forget or the settings say so: what the kernel has survives the death of the process, and a power cut costs a few files sent again.
/// <see cref="JournalAppender"/> decides when it is flushed, <see cref="UploadCheckpoint.TryGetCid"/> offers what was read again.
/// </summary>
internal sealed class TargetJournal : IDisposable
{
    /// <summary>A part that has so many bytes is followed by another of the same day, so that a session reads no more than this from beginning to end.</summary>
    public const long PartSize = 16 << 20;

    private const int MaxRounds = 16;

    private readonly Lock _gate = new();
    private readonly LayerDirectory _layer;
    private readonly JournalOwner _owner;
    private readonly OpenPart _open;
    private readonly JournalFollower _follower;
    private readonly Dictionary<JournalPart, long> _unflushed = []; // and the number of its last append
    private long _appends;
    private volatile bool _disposed;

    /// <param name="layer">The upload layer.</param>
    /// <param name="name">The target's short name.</param>
    /// <param name="key">The whole of its identity; <see langword="null"/> to take what the directory says.</param>
    /// <param name="time">The clock that says which day it is.</param>
    /// <param name="reads">Whether what others wrote is to be known; where not, it counts as known.</param>
    public TargetJournal(LayerDirectory layer, string name, ContentKey? key, TimeProvider time, bool reads = true)
    {
        _layer = layer;
        _owner = new JournalOwner(name, key);
        _open = new OpenPart(layer, _owner, time);
        _follower = new JournalFollower(layer, _owner, _open, reads);
    }

    public string Name => _owner.Name;

    /// <summary>Whose journal it is: given, or as the parts say.</summary>
    public ContentKey? Key => _owner.Key;

    /// <inheritdoc cref="JournalOwner.Header"/>
    public JournalRecord? Header => _owner.Header;

    /// <inheritdoc cref="JournalOwner.HasNewer"/>
    public bool HasNewer => _owner.HasNewer;

    /// <summary>Reads everything that was not read before, of sorted parts only what is asked for.</summary>
    public void Follow(OperationPulse pulse, ConfirmedContent content)
    {
        using var turn = new Passage(this);
        _follower.Follow(JournalFiles.PartsOf(_layer, Name), pulse, content);
    }

    /// <summary>
    /// Appends lines that begin and end with a newline, in one write to the newest part. Where others have appended since the last time, it then reads
    /// everything that is new, these lines and those of others.
    /// </summary>
    /// <returns>False where only a newer version may write.</returns>
    public bool Append(ReadOnlySpan<byte> lines, JournalRecord header, OperationPulse pulse, ConfirmedContent content)
    {
        using var mine = new Passage(this);
        for (var round = 0; round < MaxRounds; round++)
        {
            // One that was given up while another's write hung: its lines are written again, and late they could undo what was recorded since.
            pulse.Beat();

            // Where an append is a look for the end and a write, appenders exclude each other.
            using var turn = _layer.FileSystem.AppendsInOneStep ? null : JournalFiles.TakeTurn(_layer, Name, pulse);
            if (!_open.TryOpen(header, pulse))
            {
                return false;
            }

            var own = _open.Append(lines, header);
            _unflushed[_open.Part] = ++_appends;
            if (IsInTheNewest(own, pulse, content))
            {
                return true;
            }
        }

        throw new IOException("The journal's newest part was another one after each write.");
    }

    /// <summary>Whether a part was closed by this writer since it was asked the last time. Not under the gate, which an append that hangs keeps.</summary>
    public bool TakeHasClosed() => _open.TakeHasClosed();

    /// <summary>Has on disk what was appended before the call, with the names that lead to it.</summary>
    public void Flush()
    {
        // Not under the gate: a flush takes as long as the disk likes, and the next record must not wait for it.
        var parts = Unflushed();
        foreach (var (part, _) in parts)
        {
            try
            {
                _layer.FileSystem.Flush(JournalFiles.PathOf(_layer, Name, part));
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

        using (new Passage(this))
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

        // The others must see this before the gate is tried here: a try that finds the gate taken is no barrier by itself, and whoever holds it could leave without closing.
        Interlocked.MemoryBarrier();
        CloseWhereNobodyIs();
    }

    private void CloseWhereNobodyIs()
    {
        // Whoever is at the journal, or hangs there, closes the file at the end of that.
        if (_gate.TryEnter())
        {
            try
            {
                _open.Close();
            }
            finally
            {
                _gate.Exit();
            }
        }
    }

    private List<KeyValuePair<JournalPart, long>> Unflushed()
    {
        using var turn = new Passage(this);
        return [.. _unflushed];
    }

    /// <summary>The look after a write: reads what others have written, and says whether the part that was written to still is the newest.</summary>
    private bool IsInTheNewest(int own, OperationPulse pulse, ConfirmedContent content)
    {
        var facts = _open.Facts;
        var parts = JournalFiles.PartsOf(_layer, Name);
        var isThere = facts.Links > 0 && parts.Count > 0 && parts[^1] == _open.Part;

        // As long as the file grew by our own lines only, there is nothing to learn from it.
        if (!isThere || !_follower.TrySkip(_open.Part, facts.Length, own, content))
        {
            if (facts.Links == 0)
            {
                _open.Close();
                _follower.Restart();
            }

            _follower.Follow(parts, pulse, content);
        }

        _open.Newest = parts.Count > 0 ? parts[^1] : default;
        if (!isThere || facts.Length >= PartSize)
        {
            _open.Close();
        }

        return isThere;
    }

    private void FlushNames()
    {
        _layer.FileSystem.Flush(JournalFiles.DirectoryOf(_layer, Name));
        _layer.FileSystem.Flush(JournalFiles.DirectoryOf(_layer));
        _layer.FileSystem.Flush(_layer.Itself);
    }

    /// <summary>Through the gate. Where the session ended meanwhile, whoever leaves it closes the file, however its own work ended.</summary>
    private readonly ref struct Passage
    {
        private readonly TargetJournal _journal;

        public Passage(TargetJournal journal)
        {
            _journal = journal;
            journal._gate.Enter();
        }

        public void Dispose()
        {
            // Left before the look: an end in between finds the gate free, and an end before it is seen here.
            _journal._gate.Exit();
            Interlocked.MemoryBarrier();
            if (_journal._disposed)
            {
                _journal.CloseWhereNobodyIs();
            }
        }
    }
}
