using SmartCache.Tool.Doctor;
using SmartCache.Tool.Finding;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Stats;

/// <summary>Looks at all that <c>stats</c> shows.</summary>
internal static class StatsReader
{
    public static async Task<StatsView> ReadAsync(CacheInspector inspector, bool areLimitsKnown, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var unread = new List<string>();
        var history = new HistorySums();
        foreach (var happened in await Unless(unread, "the history", [], () => inspector.OrderedHistoryAsync(cancellationToken)).ConfigureAwait(false))
        {
            history.Add(happened);
        }

        var space = await Unless(unread, "the space", new InspectedSpace(), () => inspector.ReadSpaceAsync(cancellationToken)).ConfigureAwait(false);
        var remote = await Unless(unread, "the remote tier", null, () => inspector.ReadRemoteAsync(cancellationToken)).ConfigureAwait(false);
        var layers = await ReadLayersAsync(inspector, cancellationToken).ConfigureAwait(false);
        unread.AddRange(layers.Where(static layer => layer.Failure is not null).Select(static layer => $"{layer.Layer}, {layer.Directory}: {layer.Failure}"));
        return new StatsView
        {
            Directory = inspector.Directory,
            Layers = layers,
            Space = SpaceView.Of(space, areLimitsKnown),
            Remote = history.Pool.ToView(remote, areLimitsKnown, now),
            Requests = history.Requests,
            MissReasons = history.MissReasons,
            Evictions = history.Evictions,
            Regrets = history.Regrets,
            Quarantine = await ReadQuarantineAsync(inspector, cancellationToken).ConfigureAwait(false),
            Locks = await ReadLocksAsync(inspector, cancellationToken).ConfigureAwait(false),
            AreLocksKnown = OperatingSystem.IsLinux() && layers.All(static layer => layer.Failure is null && PlainCalls.MayReadFilesIn(Path.Combine(layer.Directory, "locks"))),
            History = history.Span,
            Unread = unread,
        };
    }

    // What this user may not look at, or the disk does not give, hides nothing else.
    private static async Task<T> Unless<T>(List<string> unread, string what, T otherwise, Func<Task<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            unread.Add($"{what}: {exception.Message}");
            return otherwise;
        }
    }

    private static async Task<IReadOnlyList<LayerView>> ReadLayersAsync(CacheInspector inspector, CancellationToken cancellationToken) =>
    [
        .. (await inspector.ReadLayersAsync(cancellationToken).ConfigureAwait(false)).Select(LayerView.Of),
    ];

    private static async Task<QuarantineView> ReadQuarantineAsync(CacheInspector inspector, CancellationToken cancellationToken)
    {
        var sum = new QuarantineView(0, 0, null);
        await foreach (var kept in inspector.ReadQuarantineAsync(cancellationToken).ConfigureAwait(false))
        {
            sum = new QuarantineView(sum.Entries + 1, sum.Bytes + kept.Bytes, sum.Newest > kept.Since ? sum.Newest : kept.Since);
        }

        return sum;
    }

    private static async Task<IReadOnlyList<LocksView>> ReadLocksAsync(CacheInspector inspector, CancellationToken cancellationToken)
    {
        var held = new List<InspectedLock>();
        await foreach (var one in inspector.ReadLocksAsync(cancellationToken).ConfigureAwait(false))
        {
            held.Add(one);
        }

        return
        [
            .. held.GroupBy(static one => one.Kind).OrderBy(static kind => kind.Key)
                .Select(static kind => new LocksView(kind.Key, kind.Count(), kind.Min(static one => one.Made), [.. kind.SelectMany(static one => one.ProcessIds).Distinct().Order()])),
        ];
    }
}
