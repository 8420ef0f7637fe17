namespace SmartCache.Tool.Report;

/// <summary>
/// Reckons back from what a layer takes now: before an entry was stored it took less, before one went it took more. The history does not say what a layer took at a time, and
/// begins somewhere in the middle.
/// </summary>
/// <param name="history">All events: where one that went does not say its bytes, another event of the same entry does.</param>
internal sealed class UseOverTime(IEnumerable<HistoryEvent> history)
{
    private readonly Dictionary<(string Layer, int Step), long> _growth = [];
    private readonly Dictionary<string, long> _known = history
        .Where(static happened => happened is { Kind: HistoryEventKind.Stored or HistoryEventKind.Used, Entry: not null, Bytes: not null })
        .GroupBy(static happened => happened.Entry!, StringComparer.Ordinal)
        .ToDictionary(static entry => entry.Key, static entry => entry.Last().Bytes!.Value, StringComparer.Ordinal);

    public void Add(int step, HistoryEvent happened)
    {
        var sign = happened.Kind switch
        {
            HistoryEventKind.Stored => 1,
            HistoryEventKind.Evicted or HistoryEventKind.Expired or HistoryEventKind.Removed or HistoryEventKind.Quarantined => -1,
            _ => 0,
        };
        if (sign == 0 || happened is not { Layer: { } layer, Entry: { } entry })
        {
            return;
        }

        var bytes = happened.Bytes ?? _known.GetValueOrDefault(entry);
        _growth[(layer, step)] = _growth.GetValueOrDefault((layer, step)) + (sign * bytes);
    }

    /// <summary>What the layer took at the end of each step.</summary>
    public long[] Before(string layer, long now, int steps)
    {
        var bytes = new long[steps];
        var at = now;
        for (var step = steps - 1; step >= 0; step--)
        {
            // Lost events must not make it negative.
            bytes[step] = Math.Max(0, at);
            at -= _growth.GetValueOrDefault((layer, step));
        }

        return bytes;
    }
}
