namespace SmartCache.Tool.Commands;

/// <summary>What several commands need as a whole.</summary>
internal static class InspectorLists
{
    public static async Task<IReadOnlyList<InspectedEntry>> EntriesAsync(this CacheInspector inspector, CancellationToken cancellationToken) =>
    [
        .. await ListAsync(inspector.ReadEntriesAsync(EntryKind.Source, cancellationToken)).ConfigureAwait(false),
        .. await ListAsync(inspector.ReadEntriesAsync(EntryKind.Profile, cancellationToken)).ConfigureAwait(false),
    ];

    public static Task<List<InspectedJob>> JobsAsync(this CacheInspector inspector, CancellationToken cancellationToken) => ListAsync(inspector.ReadJobsAsync(cancellationToken));

    public static Task<List<HistoryEvent>> HistoryAsync(this CacheInspector inspector, CancellationToken cancellationToken) => ListAsync(inspector.ReadHistoryAsync(cancellationToken));

    public static Task<List<InspectedQuarantine>> QuarantineAsync(this CacheInspector inspector, CancellationToken cancellationToken) =>
        ListAsync(inspector.ReadQuarantineAsync(cancellationToken));

    private static async Task<List<T>> ListAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items.ConfigureAwait(false))
        {
            list.Add(item);
        }

        return list;
    }
}
