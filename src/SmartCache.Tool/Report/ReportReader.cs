using System.Reflection;
using SmartCache.Tool.Finding;
using SmartCache.Tool.Stats;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Report;

/// <summary>Looks at all that the report shows. A part that cannot be read costs itself, and the report says so.</summary>
internal sealed class ReportReader(CacheInspector inspector, bool areLimitsKnown, CancellationToken cancellationToken)
{
    private readonly List<string> _problems = [];

    public async Task<ReportView> ReadAsync(DateTimeOffset now)
    {
        var history = await TryAsync<IReadOnlyList<HistoryEvent>>("The history", [], () => inspector.OrderedHistoryAsync(cancellationToken)).ConfigureAwait(false);
        var sums = new HistorySums();
        foreach (var happened in history)
        {
            sums.Add(happened);
        }

        var ranks = await RankAsync().ConfigureAwait(false);
        var layers = await TryAsync<IReadOnlyList<InspectedLayer>>("What the layers take", [], () => inspector.ReadLayersAsync(cancellationToken)).ConfigureAwait(false);
        _problems.AddRange(layers.Where(static layer => layer.Failure is not null).Select(static layer => $"What the layer {layer.Name} takes could not be read: {layer.Failure}"));
        var space = await TryAsync("The space", null, async () => SpaceView.Of(await inspector.ReadSpaceAsync(cancellationToken).ConfigureAwait(false), areLimitsKnown)).ConfigureAwait(false);
        var remote = await TryAsync("The remote tier", null, () => inspector.ReadRemoteAsync(cancellationToken)).ConfigureAwait(false);
        var unfinished = (await TryAsync("The jobs", [], () => inspector.JobsAsync(cancellationToken)).ConfigureAwait(false)).FindAll(static job => !job.State.Ended);
        return new ReportView
        {
            Directory = inspector.Directory,
            Generated = now.ToUniversalTime(),
            ToolVersion = Version(),
            Problems = _problems,
            History = sums.Span,
            Layers = [.. layers.Select(LayerView.Of)],
            Space = space,
            Remote = sums.Pool.ToView(remote, areLimitsKnown, now),
            Requests = sums.Requests,
            MissReasons = sums.MissReasons,
            Evictions = sums.Evictions,
            Regrets = sums.Regrets,
            Timeline = Timeline.Of(history, layers.Where(static layer => layer is { IsPresent: true, Failure: null } && layer.Name != "uploads").ToDictionary(static layer => layer.Name, static layer => layer.Bytes)),
            Replay = Replays.Of(history, space?.LimitBytes, cancellationToken),
            Largest = [.. ranks.Largest.Select(EntryView.Of)],
            Dearest = [.. ranks.Dearest.Select(EntryView.Of)],
            UnfinishedJobs = unfinished.Count,
            Uploads = [.. unfinished.Where(static job => job.State.Attempts > 0 || job.State.Profiles.Count > 0).Select(JobView.Of).OrderByDescending(static job => job.LastActivity).ThenBy(static job => job.Job, StringComparer.Ordinal)],
        };
    }

    private async Task<EntryRanks> RankAsync()
    {
        var ranks = new EntryRanks();
        foreach (var (kind, name) in new[] { (EntryKind.Source, "The sources"), (EntryKind.Profile, "The profiles") })
        {
            await TryAsync(name, ranks, async () =>
            {
                await foreach (var entry in inspector.ReadEntriesAsync(kind, cancellationToken).ConfigureAwait(false))
                {
                    ranks.Add(entry);
                }

                return ranks;
            }).ConfigureAwait(false);
        }

        return ranks;
    }

    private async Task<T> TryAsync<T>(string what, T otherwise, Func<Task<T>> look)
    {
        try
        {
            return await look().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _problems.Add($"{what} could not be read: {exception.Message}");
            return otherwise;
        }
    }

    private static string Version() =>
        typeof(ReportReader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";
}
