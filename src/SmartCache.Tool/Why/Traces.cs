using SmartCache.Tool.Finding;

namespace SmartCache.Tool.Why;

/// <summary>All that may say something about a key.</summary>
internal sealed record Traces(IReadOnlyList<InspectedEntry> Entries, IReadOnlyList<InspectedQuarantine> Quarantined, IReadOnlyList<HistoryEvent> Events)
{
    /// <summary>What identities of sources led to.</summary>
    public IReadOnlyList<InspectedSourceKey> Keys { get; init; } = [];

    public DateTimeOffset? HistoryFrom => Events.Count > 0 ? Events[0].Time : null;

    public static async Task<Traces> ReadAsync(CacheInspector inspector, CancellationToken cancellationToken) => new(
        await inspector.EntriesAsync(cancellationToken).ConfigureAwait(false),
        await inspector.QuarantineAsync(cancellationToken).ConfigureAwait(false),
        await inspector.OrderedHistoryAsync(cancellationToken).ConfigureAwait(false))
    {
        Keys = await inspector.SourceKeysAsync(cancellationToken).ConfigureAwait(false),
    };

    /// <summary>Every name that is known.</summary>
    public IEnumerable<string> Names() => Entries.Select(static entry => entry.Name)
        .Concat(Keys.Select(static key => key.Key.Name))
        .Concat(Quarantined.Select(static kept => kept.Entry))
        .Concat(Events.SelectMany(static happened => new[] { happened.Entry, happened.Key }).OfType<string>());
}
