using SmartCache.Tool.Stats;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Report;

/// <summary>Cuts a history into steps, each added up as <c>stats</c> adds up the whole.</summary>
internal static class Timeline
{
    private const int MostSteps = 60;

    private static readonly TimeSpan[] _lengths =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1), TimeSpan.FromHours(2), TimeSpan.FromHours(3),
        TimeSpan.FromHours(6), TimeSpan.FromHours(12), TimeSpan.FromDays(1), TimeSpan.FromDays(2), TimeSpan.FromDays(7), TimeSpan.FromDays(28),
    ];

    /// <param name="history">The events in the order of their times.</param>
    /// <param name="now">What each layer takes now, as far as it is known.</param>
    public static TimelineView? Of(IReadOnlyList<HistoryEvent> history, IReadOnlyDictionary<string, long> now)
    {
        if (history.Count == 0)
        {
            return null;
        }

        var step = LengthFor(history[0].Time, history[^1].Time);
        var first = IndexOf(history[0].Time, step);
        var asked = new HashSet<(string, string, string)>();
        var sums = new HistorySums[IndexOf(history[^1].Time, step) - first + 1];
        for (var i = 0; i < sums.Length; i++)
        {
            sums[i] = new HistorySums(asked);
        }

        var use = new UseOverTime(history);
        foreach (var happened in history)
        {
            var at = (int)(IndexOf(happened.Time, step) - first);
            sums[at].Add(happened);
            use.Add(at, happened);
        }

        var bytes = now.ToDictionary(static layer => layer.Key, layer => use.Before(layer.Key, layer.Value, sums.Length));
        return new TimelineView(step.TotalSeconds, [.. sums.Select((sum, i) => new TimelineStepView(TimeOf(first + i, step), Layers(sum, i, bytes)))]);
    }

    private static IReadOnlyList<TimelineLayerView> Layers(HistorySums sum, int at, Dictionary<string, long[]> bytes) =>
    [
        .. sum.Requests.Select(layer => new TimelineLayerView
        {
            Layer = layer.Layer,
            Bytes = bytes.TryGetValue(layer.Layer, out var known) ? known[at] : null,
            All = layer.All,
            Retries = layer.Retries,
            Evicted = sum.Evictions.Where(gone => gone.Layer == layer.Layer).Sum(static gone => gone.Entries),
            MadeAgain = sum.Regrets.Where(again => again.Layer == layer.Layer).Sum(static again => again.Entries),
        }),
    ];

    private static TimeSpan LengthFor(DateTimeOffset from, DateTimeOffset to)
    {
        foreach (var length in _lengths)
        {
            if (IndexOf(to, length) - IndexOf(from, length) < MostSteps)
            {
                return length;
            }
        }

        // Longer than four years, or a clock was wrong.
        return TimeSpan.FromDays(Math.Ceiling((to - from).TotalDays / (MostSteps - 1)));
    }

    // Weeks begin on Monday; so did the first day of the year 1.
    private static long IndexOf(DateTimeOffset time, TimeSpan step) => time.UtcTicks / step.Ticks;

    private static DateTimeOffset TimeOf(long index, TimeSpan step) => new(index * step.Ticks, TimeSpan.Zero);
}
