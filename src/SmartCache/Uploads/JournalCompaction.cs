using Microsoft.Win32.SafeHandles;
using SmartCache.Storage;

namespace SmartCache.Uploads;

/// <summary>
/// Rewrites a journal without its history. Most of it happens beside the appenders: the live records are copied without a lock, and only for the
/// lines appended meanwhile and the rename are appenders kept out, for milliseconds. A crash before the rename leaves the old journal and a file
/// in staging that the sweeper finds; after it, the new one.
/// </summary>
internal sealed class JournalCompaction(LayerDirectory layer, string name, DateTimeOffset oldest)
{
    private const int WriteSize = 256 << 10;
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(2);

    private readonly string _path = Path.Combine(TargetJournal.DirectoryOf(layer), name + ".journal");
    private readonly long _oldest = oldest.ToUnixTimeSeconds();
    private readonly Dictionary<(byte Subject, ContentKey Key), long> _latest = [];
    private readonly Dictionary<ContentKey, long> _missed = [];
    private readonly HashSet<long> _kept = [];

    public enum Outcome
    {
        LeftAlone,
        Compacted,
        Deleted,
    }

    /// <summary>Lines found, torn ones included.</summary>
    public long Lines { get; private set; }

    /// <summary>Records still of use.</summary>
    public long Live => _kept.Count;

    public Outcome Run(OperationPulse pulse)
    {
        // One compactor at a time; two would each throw away what the other one kept.
        var alone = layer.TryLock(TargetJournal.LockNameOf(name) + "-compaction", exclusive: true);
        try
        {
            return alone is null || layer.FileSystem.Stat(_path) is null ? Outcome.LeftAlone : RunAlone(pulse);
        }
        finally
        {
            alone?.DeleteAndDispose();
        }
    }

    private Outcome RunAlone(OperationPulse pulse)
    {
        using var journal = layer.FileSystem.OpenRead(_path);
        var header = TargetJournal.ReadHeader(journal, name, pulse);
        if (header?.Version > JournalRecord.FormatVersion)
        {
            return Outcome.LeftAlone;
        }

        var first = new JournalReader();
        first.Follow(journal, pulse, Survey);
        _kept.UnionWith(_latest.Values);
        KeepMissed();
        if (Live > 0 && Lines <= 2 * Live)
        {
            return Outcome.LeftAlone;
        }

        return Live == 0 ? Delete(journal, first.Offset, pulse) : Rewrite(journal, first.Offset, header, pulse);
    }

    private void Survey(ReadOnlySpan<byte> line, long offset)
    {
        Lines++;
        if (!JournalRecord.TryPeek(line, out var kind, out var key) || !JournalRecord.IsIntact(line))
        {
            return;
        }

        var subject = (byte)char.ToUpperInvariant((char)kind);
        if (kind == JournalKind.Header)
        {
            return; // written anew
        }

        if (kind == JournalKind.ForgottenFile)
        {
            _missed[key] = offset;
        }

        if (JournalRecord.TimeOf(line) < _oldest)
        {
            _latest.Remove((subject, key));
        }
        else if (subject is (byte)JournalKind.File or (byte)JournalKind.Profile or (byte)JournalKind.Tree)
        {
            _latest[(subject, key)] = offset;
        }
        else
        {
            _kept.Add(offset); // of a newer version: whether one replaces another is not known here
        }
    }

    /// <summary>
    /// That a file was missed speaks against the directories recorded before, also where it was sent again since: without that line they would count as whole.
    /// It lasts as long as one of them does, however old it says it is.
    /// </summary>
    private void KeepMissed()
    {
        var first = _latest.Where(static latest => latest.Key.Subject != (byte)JournalKind.File).Select(static latest => latest.Value).DefaultIfEmpty(long.MaxValue).Min();
        _kept.UnionWith(_missed.Values.Where(offset => offset > first));
    }

    private Outcome Delete(SafeFileHandle journal, long end, OperationPulse pulse)
    {
        using var turn = LockWait.TryTake(layer, TargetJournal.LockNameOf(name), exclusive: true, LockPatience, pulse);
        if (turn is null || !IsStillThere(journal) || layer.FileSystem.Stat(journal).Length > end)
        {
            return Outcome.LeftAlone;
        }

        File.Delete(_path);
        turn.DeleteAndDispose();
        return Outcome.Deleted;
    }

    private Outcome Rewrite(SafeFileHandle journal, long end, JournalRecord? header, OperationPulse pulse)
    {
        var temporary = layer.NewStagingPath();
        try
        {
            using (var rewritten = layer.FileSystem.CreateNew(temporary, layer.FileMode))
            {
                var length = CopyLive(journal, rewritten, header, end, pulse);
                RandomAccess.FlushToDisk(rewritten);
                using var turn = LockWait.TryTake(layer, TargetJournal.LockNameOf(name), exclusive: true, LockPatience, pulse);
                if (turn is null || !IsStillThere(journal))
                {
                    return Outcome.LeftAlone; // deleted again below
                }

                CopyTail(journal, end, rewritten, length, pulse);
                RandomAccess.FlushToDisk(rewritten);
                File.Move(temporary, _path, overwrite: true);
            }

            layer.FileSystem.Flush(TargetJournal.DirectoryOf(layer));
            return Outcome.Compacted;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private long CopyLive(SafeFileHandle journal, SafeFileHandle rewritten, JournalRecord? header, long end, OperationPulse pulse)
    {
        var output = new MemoryStream(WriteSize + JournalReader.MaxLine);
        long length = 0;
        if (header is not null)
        {
            output.Write(header.ToLine());
        }

        new JournalReader().Follow(journal, pulse, (line, offset) =>
        {
            if (offset >= end || !_kept.Contains(offset))
            {
                return;
            }

            output.WriteByte((byte)'\n');
            output.Write(line);
            output.WriteByte((byte)'\n');
            if (output.Length >= WriteSize)
            {
                length = Drain(output, rewritten, length);
            }
        });
        return Drain(output, rewritten, length);
    }

    /// <summary>What was appended while the live records were copied, as it stands.</summary>
    private static void CopyTail(SafeFileHandle journal, long end, SafeFileHandle rewritten, long length, OperationPulse pulse)
    {
        var buffer = new byte[WriteSize];
        for (int read; (read = RandomAccess.Read(journal, buffer, end)) > 0; end += read, length += read)
        {
            pulse.Beat();
            RandomAccess.Write(rewritten, buffer.AsSpan(0, read), length);
        }
    }

    private static long Drain(MemoryStream output, SafeFileHandle rewritten, long length)
    {
        RandomAccess.Write(rewritten, output.GetBuffer().AsSpan(0, (int)output.Length), length);
        length += output.Length;
        output.SetLength(0);
        return length;
    }

    private bool IsStillThere(SafeFileHandle journal)
    {
        var open = layer.FileSystem.Stat(journal);
        return layer.FileSystem.Stat(_path) is { } named && named.Inode == open.Inode && named.Device == open.Device;
    }
}
