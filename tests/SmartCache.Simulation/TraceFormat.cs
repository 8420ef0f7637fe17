using System.Globalization;
using SmartCache.Eviction;

namespace SmartCache.Simulation;

/// <summary>
/// A trace as text, one event a line: <c>time,key,kind,size,cost_seconds,job_id,event</c>. Keys and jobs are hashes or names. <c>time</c> is in seconds since any origin;
/// <c>cost_seconds</c> of <c>attempt_failed</c> is the delay until the retry.
/// </summary>
internal static class TraceFormat
{
    public const string Header = "time,key,kind,size,cost_seconds,job_id,event";

    private const int Columns = 7;

    /// <summary>Whether a trace has lines for such events.</summary>
    public static bool Records(CacheEventKind kind) => Format(new CacheEvent(kind, DateTimeOffset.UnixEpoch)) is not null;

    /// <summary>A line without its end; null for an event that a trace leaves out.</summary>
    public static string? Format(in CacheEvent e)
    {
        var name = e.Kind switch
        {
            CacheEventKind.Requested => "get",
            CacheEventKind.JobStarted => "job_start",
            CacheEventKind.RetryExpected => "attempt_failed",
            CacheEventKind.JobCompleted => "job_finished",
            CacheEventKind.JobAbandoned => "job_dead",
            _ => null,
        };
        if (name is null)
            return null;
        var isGet = e.Kind == CacheEventKind.Requested;
        var seconds = e.Kind == CacheEventKind.RetryExpected ? (e.RetryAt - e.Time)?.TotalSeconds ?? 0 : isGet ? e.CostSeconds : 0;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{RankTime.SecondsOf(e.Time):F3},{Hex(e.KeyHash)},{(isGet ? KindName(e.EntryKind) : "")},{(isGet ? e.Size : null):D},{seconds:F1},{Hex(e.JobHash)},{name}");
    }

    /// <summary>Reads a line; false for the header, a torn line or an unknown event, which a reader passes over.</summary>
    public static bool TryParse(ReadOnlySpan<char> line, out CacheEvent e)
    {
        e = default;
        Span<Range> columns = stackalloc Range[Columns + 1];
        if (line.Split(columns, ',') != Columns
            || !TryNumber(line[columns[0]], out var seconds) || seconds is < 0 or > 1e11
            || !TryKind(line[columns[6]].Trim(), out var kind))
        {
            return false;
        }

        var time = DateTimeOffset.UnixEpoch.AddSeconds(seconds);
        var hasCost = TryNumber(line[columns[4]], out var cost);
        var job = line[columns[5]].ToString();
        e = new CacheEvent(kind, time) { JobId = job.Length == 0 ? null : job };
        if (kind == CacheEventKind.RetryExpected)
        {
            e = e with { RetryAt = hasCost && cost is >= 0 and < 1e9 ? time.AddSeconds(cost) : null };
            return true;
        }

        if (kind != CacheEventKind.Requested)
            return true;
        if (line[columns[1]].IsEmpty
            || !long.TryParse(line[columns[3]], NumberStyles.None, CultureInfo.InvariantCulture, out var size))
        {
            return false;
        }

        e = e with
        {
            Key = line[columns[1]].ToString(),
            EntryKind = line[columns[2]] is "source" ? EntryKind.Source : EntryKind.Profile,
            Size = size,
            CostSeconds = hasCost ? cost : null,
        };
        return true;
    }

    private static string Hex(ulong hash) => hash == 0 ? "" : hash.ToString("x16", CultureInfo.InvariantCulture);

    private static string KindName(EntryKind kind) => kind == EntryKind.Source ? "source" : "profile";

    private static bool TryNumber(ReadOnlySpan<char> text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    private static bool TryKind(ReadOnlySpan<char> name, out CacheEventKind kind)
    {
        (var known, kind) = name switch
        {
            "get" => (true, CacheEventKind.Requested),
            "job_start" => (true, CacheEventKind.JobStarted),
            "attempt_failed" => (true, CacheEventKind.RetryExpected),
            "job_finished" => (true, CacheEventKind.JobCompleted),
            "job_dead" => (true, CacheEventKind.JobAbandoned),
            _ => (false, default),
        };
        return known;
    }
}
