using System.Globalization;
using SmartCache.History;
using SmartCache.Storage.Platform;

namespace SmartCache.Simulation;

/// <summary>
/// Reads a trace: the directory of a cache's history, or a file, compressed by xz or not, in one of three formats that it tells apart by the first line:
/// <see cref="TraceFormat"/>, <c>time id size</c>, or a tab-separated SWIM job list.
/// </summary>
internal static class TraceReader
{
    private delegate bool LineParser(string line, out CacheEvent e);

    /// <summary>A directory is the history of a cache.</summary>
    public static Trace Read(string path)
    {
        if (Directory.Exists(path))
        {
            return HistoryTrace.Of(Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), HistoryReader.Read(FileSystem.Current, path));
        }

        return ReadFile(path);
    }

    private static Trace ReadFile(string path)
    {
        var lines = XzText.ReadLines(path);
        if (lines.Count == 0)
            throw new InvalidDataException($"{Path.GetFileName(path)} is empty.");
        var first = lines[0];
        var isSwim = first.Contains('\t', StringComparison.Ordinal);
        LineParser parse = first.StartsWith(TraceFormat.Header, StringComparison.Ordinal) ? ParseTrace
            : isSwim ? ParseSwim
            : ParseObject;
        var events = new List<CacheEvent>();
        var skipped = 0;
        foreach (var line in lines)
        {
            if (parse(line, out var e))
                events.Add(e);
            else if (line.Length > 0 && !line.StartsWith(TraceFormat.Header, StringComparison.Ordinal))
                skipped++;
        }

        if (isSwim)
            TakeLargestSizes(events);
        return new Trace(NameOf(path), events) { SkippedLines = skipped };
    }

    private static string NameOf(string path) =>
        Path.GetFileNameWithoutExtension(path.EndsWith(".xz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path);

    // A generated trace names a source s12 and a profile of it p12:720p. The library names both by the video.
    private static bool ParseTrace(string line, out CacheEvent e)
    {
        var read = TraceFormat.TryParse(line, out e);
        if (read && e.Key is ['s' or 'p', >= '0' and <= '9', ..] key)
            e = e with { Key = key[1..].Replace(':', '_') };
        return read;
    }

    // The object is (id, size): ids come again with other sizes. It costs 1, so that the cost hit ratio is that of objects.
    private static bool ParseObject(string line, out CacheEvent e)
    {
        e = default;
        var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (columns.Length < 3 || !TryTime(columns[0], out var time) || !TrySize(columns[2], out var size))
            return false;
        e = new CacheEvent(CacheEventKind.Requested, time) { Key = $"{columns[1]}:{columns[2]}", Size = size, CostSeconds = 1 };
        return true;
    }

    // job, submit time, time since the one before, input bytes, shuffle bytes, output bytes, input path; a job without input asks for nothing
    private static bool ParseSwim(string line, out CacheEvent e)
    {
        e = default;
        var columns = line.Split('\t');
        if (columns.Length < 7 || !TryTime(columns[1], out var time) || !TrySize(columns[3], out var size) || size == 0)
            return false;
        e = new CacheEvent(CacheEventKind.Requested, time) { Key = columns[6], Size = size, CostSeconds = 1 };
        return true;
    }

    private static void TakeLargestSizes(List<CacheEvent> events)
    {
        var sizes = events.GroupBy(e => e.Key!).ToDictionary(group => group.Key, group => group.Max(e => e.Size));
        for (var i = 0; i < events.Count; i++)
            events[i] = events[i] with { Size = sizes[events[i].Key!] };
    }

    private static bool TryTime(string text, out DateTimeOffset time)
    {
        var read = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 1e11;
        time = DateTimeOffset.UnixEpoch.AddSeconds(read ? seconds : 0);
        return read;
    }

    private static bool TrySize(string text, out long size) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out size);
}
