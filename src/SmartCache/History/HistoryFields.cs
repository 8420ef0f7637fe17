using System.Globalization;

namespace SmartCache.History;

/// <summary>What the fields of a <see cref="HistoryLine"/> have said so far. An event is made of them once: a copy of one for each field cost more than all else of reading a history.</summary>
internal struct HistoryFields
{
    private string? _layer;
    private CacheOutcome? _outcome;
    private CacheReason? _reason;
    private string? _key;
    private string? _entry;
    private string? _job;
    private string? _profile;
    private TimeSpan? _seconds;
    private TimeSpan? _cost;
    private long? _bytes;
    private int? _entries;
    private string? _limit;
    private string? _policy;
    private string? _operation;
    private string? _failure;

    /// <summary>Takes a field; passes over one whose name this version does not know.</summary>
    public void Set(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        switch (name)
        {
            case "layer": _layer = TextIn(value); break;
            case "outcome": _outcome = HistoryLine.NameIn<CacheOutcome>(value); break;
            case "reason": _reason = HistoryLine.NameIn<CacheReason>(value); break;
            case "key": _key = TextIn(value); break;
            case "entry": _entry = TextIn(value); break;
            case "job": _job = TextIn(value); break;
            case "profile": _profile = TextIn(value); break;
            case "seconds": _seconds = HistoryLine.SecondsIn(value); break;
            case "cost": _cost = HistoryLine.SecondsIn(value); break;
            case "bytes": _bytes = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : null; break;
            case "entries": _entries = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var entries) ? entries : null; break;
            case "limit": _limit = TextIn(value); break;
            case "policy": _policy = TextIn(value); break;
            case "operation": _operation = TextIn(value); break;
            case "failure": _failure = TextIn(value); break;
        }
    }

    public readonly HistoryEvent ToEvent(HistoryEventKind kind, DateTimeOffset time) => new(kind)
    {
        Time = time,
        Layer = _layer,
        Outcome = _outcome,
        Reason = _reason,
        Key = _key,
        Entry = _entry,
        Job = _job,
        Profile = _profile,
        Duration = _seconds,
        Cost = _cost,
        Bytes = _bytes,
        Entries = _entries,
        Limit = _limit,
        Policy = _policy,
        Operation = _operation,
        Failure = _failure,
    };

    private static string TextIn(ReadOnlySpan<char> value) => value.Contains('%') ? Uri.UnescapeDataString(value.ToString()) : value.ToString();
}
