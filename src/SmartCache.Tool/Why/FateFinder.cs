using SmartCache.Tool.Views;

namespace SmartCache.Tool.Why;

/// <summary>Says what became of a key: by what lies there, else by the last event that decided about it.</summary>
/// <remarks>
/// A source is asked for by its identity and lies under the name of its content. Whichever was typed, the other one is found by the events in which both stand.
/// </remarks>
internal sealed class FateFinder(Traces traces)
{
    /// <summary>Of a name that <see cref="Traces.Names"/> has, or of one that nothing knows.</summary>
    public WhyView Of(string name)
    {
        var led = traces.Keys.FirstOrDefault(key => key.Key.Name == name);
        var entry = led is not null ? Contents.NameOf(led.ContentHash) : traces.Events.LastOrDefault(happened => happened.Key == name && happened.Entry is not null)?.Entry ?? name;
        var keys = traces.Events.Where(happened => happened.Entry == entry).Select(static happened => happened.Key).OfType<string>().Append(entry).Append(name).ToHashSet(StringComparer.Ordinal);
        var events = traces.Events.Where(happened => happened.Entry == entry || (happened.Key is { } key && keys.Contains(key))).ToList();
        var last = events.FindLast(static happened => happened.Kind == HistoryEventKind.Requested);
        var (fate, decided) = Decide(entry, events);
        var reason = fate == Fate.Refused ? decided?.Reason : null;
        var (meaning, whatToDo) = FateTexts.Of(fate, decided?.Limit, reason);
        return new WhyView
        {
            Key = name,
            Entry = entry == name ? null : entry,
            Layer = decided?.Layer ?? last?.Layer ?? LayerOf(entry),
            Profile = traces.Entries.FirstOrDefault(found => found.Name == entry)?.Profile ?? events.FindLast(static happened => happened.Profile is not null)?.Profile,
            Fate = fate,
            Meaning = meaning,
            WhatToDo = whatToDo,
            At = decided?.Time,
            Limit = decided?.Limit,
            Policy = decided?.Policy,
            Reason = reason,
            LastRequest = last is null ? null : WhyRequestView.Of(last),
            HistoryFrom = traces.HistoryFrom,
        };
    }

    private (Fate Fate, HistoryEvent? Decided) Decide(string entry, List<HistoryEvent> events)
    {
        var decided = events.FindLast(static happened => FateOf(happened.Kind) is not null);
        if (traces.Entries.FirstOrDefault(found => found.Name == entry) is { } present)
        {
            return (FateOf(present), events.FindLast(static happened => happened.Kind == HistoryEventKind.Stored));
        }

        // The removal of what was rejected is an event too, and says less.
        if (decided is { Kind: HistoryEventKind.Removed } && events.FindLast(happened => happened != decided && FateOf(happened.Kind) is not null) is { Kind: HistoryEventKind.Rejected } rejected)
        {
            return (Fate.Rejected, rejected);
        }

        if (decided is not null)
        {
            return (FateOf(decided.Kind)!.Value, decided);
        }

        return traces.Quarantined.Any(kept => kept.Entry == entry) ? (Fate.Quarantined, null)
            : events.Count == 0 ? (traces.Keys.Any(key => key.Key.Name == entry || Contents.NameOf(key.ContentHash) == entry) ? Fate.Gone : Fate.Unknown, null)
            : events.TrueForAll(static happened => happened.Layer == "uploads") ? (Fate.Upload, null)

            // What was served had been stored, or made by somebody else, although the event of it is not there any more.
            : (events.Exists(static happened => happened.Outcome is CacheOutcome.Hit or CacheOutcome.Joined or CacheOutcome.Prefetched) ? Fate.Gone : Fate.NeverStored, null);
    }

    private static Fate FateOf(InspectedEntry entry) => (entry.IsCondemned, entry.State) switch
    {
        (true, _) => Fate.BeingRemoved,
        (_, InspectedEntryState.Readable) => Fate.Present,
        (_, InspectedEntryState.Newer) => Fate.NewerVersion,
        (_, InspectedEntryState.Damaged) => Fate.Damaged,
        _ => Fate.Unreadable,
    };

    private static Fate? FateOf(HistoryEventKind kind) => kind switch
    {
        HistoryEventKind.Stored => Fate.Gone,
        HistoryEventKind.Refused => Fate.Refused,
        HistoryEventKind.Evicted => Fate.Evicted,
        HistoryEventKind.Expired => Fate.Expired,
        HistoryEventKind.Rejected => Fate.Rejected,
        HistoryEventKind.Quarantined => Fate.Quarantined,
        HistoryEventKind.Removed => Fate.Removed,
        _ => null,
    };

    private string? LayerOf(string entry) => traces.Entries.FirstOrDefault(found => found.Name == entry) is { } found
        ? (found.Kind == EntryKind.Source ? "sources" : "profiles")
        : traces.Quarantined.FirstOrDefault(kept => kept.Entry == entry)?.Layer;
}
