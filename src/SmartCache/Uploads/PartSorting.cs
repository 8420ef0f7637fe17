using System.Globalization;
using System.Text;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>
/// Rewrites a part that nobody counts on any more to be the newest: sorted by key, with a table, and of each key only what counts. No lock against writers is
/// needed: a newer part exists before this one is read, and whoever still writes to this one sees that after the write and writes there again. A lock keeps out
/// whoever deletes parts: one that came back would bring confirmations back without what had taken them back. A crash before the rename leaves the part as it
/// was and a file in staging that the sweeper finds.
/// </summary>
internal sealed class PartSorting(LayerDirectory layer, string name, JournalPart part, DateTimeOffset now)
{
    /// <summary>Parts are a few times smaller. What is larger is none that the cache made, and is left to be aged out.</summary>
    private const long MaxLength = 8 * TargetJournal.PartSize;

    private const int WriteSize = 256 << 10;

    private readonly List<Line> _lines = [];
    private readonly long _now = now.ToUnixTimeSeconds();
    private FileIdentity _read;
    private long _newest;

    /// <summary>Lines found.</summary>
    public int Lines => _lines.Count;

    /// <summary>Lines that still count.</summary>
    public int Live { get; private set; }

    /// <returns>Whether the part was sorted now.</returns>
    public bool Run(OperationPulse pulse)
    {
        var path = JournalFiles.PathOf(layer, name, part);
        PartHeader header;
        using (var handle = layer.FileSystem.OpenRead(path))
        {
            _read = layer.FileSystem.Stat(handle).Identity;
            header = PartHeader.Read(handle, name, null, pulse);
            var length = RandomAccess.GetLength(handle);
            if (header.State != PartHeader.Form.Own || header.IsSorted || length > MaxLength)
            {
                return false;
            }

            new JournalReader().Follow(handle, length, pulse, Collect);
        }

        _lines.Sort();
        return TryWrite(path, header.Record!, pulse);
    }

    private void Collect(ReadOnlySpan<byte> line, long end)
    {
        if (!JournalRecord.TryPeek(line, out var kind, out var key) || !JournalRecord.IsIntact(line) || kind == JournalKind.Header)
        {
            return;
        }

        // A clock that was ahead must not keep the part until its time comes.
        _newest = Math.Max(_newest, Math.Min(JournalRecord.TimeOf(line), _now));
        var stands = new JournalPosition(part, end);
        _lines.Add(JournalRecord.Parse(line)?.At is { } said && said <= stands
            ? new Line(key, kind, said, _lines.Count, JournalRecord.Copied(line))
            : new Line(key, kind, stands, _lines.Count, JournalRecord.Placed(line, stands)));
    }

    private bool TryWrite(string path, JournalRecord header, OperationPulse pulse)
    {
        // The last of each kind knows most. A kind of a newer version is kept whole: whether one replaces another is not known here.
        var live = _lines.Where((line, i) => i + 1 == _lines.Count || !line.IsReplacedBy(_lines[i + 1])).ToList();
        Live = live.Count;
        var bits = SortedTable.BitsFor(live.Count);
        var begin = (header with { UnixTime = _newest, Table = new SortedTable(bits, 0) }).ToLine();
        var table = new SortedTable(bits, begin.Length + live.Sum(static line => (long)line.Bytes.Length));
        var temporary = layer.NewStagingPath();
        try
        {
            using (var output = WatchedFile.Over(layer.FileSystem.CreateNew(temporary, layer.FileMode), FileAccess.Write, WriteSize))
            {
                Write(output, (header with { UnixTime = _newest, Table = table }).ToLine(), live, table, pulse);
                output.Flush(flushToDisk: true);
            }

            // Whoever cannot read the header goes by the file's time: that of its records, and not that of the sorting.
            layer.FileSystem.SetModified(temporary, JournalUpkeep.TimeOf(_newest));
            pulse.Beat();
            using var turn = JournalFiles.TakeTurn(layer, name, pulse);
            if (layer.FileSystem.Stat(path)?.Identity == _read)
            {
                // Its directory is not flushed: what it replaces says the same.
                layer.FileSystem.Replace(temporary, path);
                return true;
            }
        }
        catch
        {
            layer.FileSystem.Delete(temporary);
            throw;
        }

        // Deleted since, or sorted by somebody else.
        layer.FileSystem.Delete(temporary);
        return false;
    }

    private static void Write(FileStream output, byte[] header, List<Line> live, SortedTable table, OperationPulse pulse)
    {
        output.Write(header);
        long at = header.Length;
        var entries = new StringBuilder(table.Length);
        var bucket = 0;
        foreach (var line in live)
        {
            for (; bucket <= table.BucketOf(line.Key); bucket++)
            {
                entries.Append(CultureInfo.InvariantCulture, $"{at:x12}\n");
            }

            pulse.Beat();
            output.Write(line.Bytes);
            at += line.Bytes.Length;
        }

        for (; bucket <= table.Buckets; bucket++)
        {
            entries.Append(CultureInfo.InvariantCulture, $"{at:x12}\n");
        }

        output.Write(Encoding.ASCII.GetBytes(entries.ToString()));
    }

    private sealed record Line(ContentKey Key, JournalKind Kind, JournalPosition At, int Order, byte[] Bytes) : IComparable<Line>
    {
        public bool IsReplacedBy(Line next) => next.Key == Key && next.Kind == Kind && JournalRecord.IsKnown(Kind);

        public int CompareTo(Line? other)
        {
            if (other is null)
            {
                return 1;
            }

            var key = Key.CompareTo(other.Key);
            var kind = key != 0 ? key : Kind.CompareTo(other.Kind);
            var at = kind != 0 ? kind : At.CompareTo(other.At);
            return at != 0 ? at : Order.CompareTo(other.Order);
        }
    }
}
