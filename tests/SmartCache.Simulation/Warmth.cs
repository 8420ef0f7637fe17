using System.Globalization;

namespace SmartCache.Simulation;

/// <summary>
/// What the day after costs when all entries are lost at a time of the trace: of what it costs without the loss, and with some entries fetched back at once from
/// somewhere else.
/// </summary>
internal static class Warmth
{
    private const long Warmed = 10_000_000_000;
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private enum Way
    {
        NotLost,
        Cold,
        ByRank,
        Newest,
    }

    public static IEnumerable<string> Lines(Trace trace, long capacity, SimulatedPolicy policy, double at)
    {
        var lostAt = trace.Events[0].Time + ((trace.Events[^1].Time - trace.Events[0].Time) * at);
        var whole = Seconds(trace, capacity, policy, lostAt, Way.NotLost);
        var cold = Seconds(trace, capacity, policy, lostAt, Way.Cold) - whole;
        yield return Text($"{trace.Name}, {SizeText.Format(capacity)}, {policy.Name}, lost at {at:P0}: {cold:F0} rebuild seconds more in the day after");
        foreach (var (way, name) in new[] { (Way.ByRank, "by rank"), (Way.Newest, "newest") })
        {
            var more = Seconds(trace, capacity, policy, lostAt, way) - whole;
            yield return Text($"{SizeText.Format(Warmed)} warmed, {name}: {more:F0}, {(cold > 0 ? more / cold : 0):F2} of cold");
        }
    }

    private static double Seconds(Trace trace, long capacity, SimulatedPolicy policy, DateTimeOffset lostAt, Way way)
    {
        var cache = new SimulatedCache(capacity, policy.Make(), policy.ProtectsJobs);
        var isLost = way == Way.NotLost;
        var seconds = 0.0;
        foreach (var e in trace.Events)
        {
            if (e.Time > lostAt + Day)
                break;
            if (!isLost && e.Time >= lostAt)
            {
                isLost = true;
                Lose(cache, way, e.Time);
            }

            cache.Observe(e);
            if (e is { Kind: CacheEventKind.Requested, Key: not null } && !cache.Request(e).Hit && e.Time >= lostAt)
                seconds += e.CostSeconds ?? 0;
        }

        return seconds;
    }

    private static void Lose(SimulatedCache cache, Way way, DateTimeOffset now)
    {
        var entries = cache.BestFirst(now);
        if (way == Way.Newest)
            entries = [.. entries.OrderByDescending(static entry => entry.LastAccess)];
        cache.Wipe();
        var left = way == Way.Cold ? 0 : Warmed;
        foreach (var entry in entries.Where(entry => entry.Size <= left && (left -= entry.Size) >= 0))
        {
            cache.TryStore(new CacheEvent(CacheEventKind.Published, now) { Key = entry.Key, EntryKind = entry.Kind, Size = entry.Size, CostSeconds = entry.CostSeconds });
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
