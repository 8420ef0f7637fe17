using System.Globalization;
using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>Finds the lines of a few keys in a sorted part: one read for the table, and one for each key's bucket.</summary>
internal static class SortedSearch
{
    private const int MaxBucket = 4 << 20;

    /// <summary>Shows all lines of the buckets in which the keys would be.</summary>
    /// <returns>Whether the table could be used; where not, every line has to be looked at. It is a hint and checked as such.</returns>
    public static bool TryVisit(SafeFileHandle handle, SortedTable table, IReadOnlySet<ContentKey> wanted, OperationPulse pulse, JournalLine visit)
    {
        var buckets = wanted.Select(table.BucketOf).Distinct().Order().ToList();
        if (buckets.Count == 0)
        {
            return true;
        }

        if (buckets.Count > table.Buckets / 2)
        {
            return false; // as fast from beginning to end
        }

        var entries = new byte[table.Length];
        if (!TryRead(handle, table.Offset, entries, pulse))
        {
            return false;
        }

        var found = new List<(long From, int Length)>(buckets.Count);
        foreach (var bucket in buckets)
        {
            if (EntryOf(entries, bucket) is not { } from || EntryOf(entries, bucket + 1) is not { } to || from > to || to > table.Offset || to - from > MaxBucket)
            {
                return false;
            }

            found.Add((from, (int)(to - from)));
        }

        var buffer = new byte[found.Max(static range => range.Length)];
        foreach (var (from, length) in found.Where(static range => range.Length > 0))
        {
            var lines = buffer.AsSpan(0, length);
            if (!TryRead(handle, from, lines, pulse) || lines[0] != '\n' || lines[^1] != '\n')
            {
                return false;
            }

            foreach (var range in lines.Split((byte)'\n'))
            {
                visit(lines[range], long.MaxValue);
            }
        }

        return true;
    }

    private static long? EntryOf(byte[] entries, int bucket)
    {
        var entry = entries.AsSpan(bucket * SortedTable.EntryLength, SortedTable.EntryLength);
        return entry[^1] == '\n' && long.TryParse(entry[..^1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var offset) ? offset : null;
    }

    private static bool TryRead(SafeFileHandle handle, long offset, Span<byte> buffer, OperationPulse pulse)
    {
        pulse.Beat();
        while (!buffer.IsEmpty)
        {
            var read = RandomAccess.Read(handle, buffer, offset);
            if (read == 0)
            {
                return false;
            }

            buffer = buffer[read..];
            offset += read;
        }

        return true;
    }
}
