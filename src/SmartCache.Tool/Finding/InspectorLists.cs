namespace SmartCache.Tool.Finding;

/// <summary>What several commands need as a whole.</summary>
internal static class InspectorLists
{
    public static async Task<IReadOnlyList<InspectedEntry>> EntriesAsync(this CacheInspector inspector, CancellationToken cancellationToken) =>
    [
        .. await ListAsync(inspector.ReadEntriesAsync(EntryKind.Source, cancellationToken)).ConfigureAwait(false),
        .. await ListAsync(inspector.ReadEntriesAsync(EntryKind.Profile, cancellationToken)).ConfigureAwait(false),
    ];

    public static Task<List<InspectedSourceKey>> SourceKeysAsync(this CacheInspector inspector, CancellationToken cancellationToken) =>
        ListAsync(inspector.ReadSourceKeysAsync(cancellationToken));

    public static Task<List<InspectedLock>> LocksAsync(this CacheInspector inspector, CancellationToken cancellationToken) => ListAsync(inspector.ReadLocksAsync(cancellationToken));

    public static Task<List<InspectedJob>> JobsAsync(this CacheInspector inspector, CancellationToken cancellationToken) => ListAsync(inspector.ReadJobsAsync(cancellationToken));

    /// <summary>The history in the order of its times: each process writes what it has once a second, so that the files have them out of order.</summary>
    public static async Task<IReadOnlyList<HistoryEvent>> OrderedHistoryAsync(this CacheInspector inspector, CancellationToken cancellationToken) =>
        [.. (await ListAsync(inspector.ReadHistoryAsync(cancellationToken)).ConfigureAwait(false)).OrderBy(static happened => happened.Time)];

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
