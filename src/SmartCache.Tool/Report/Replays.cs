using SmartCache.Tool.Views;

namespace SmartCache.Tool.Report;

/// <summary>Replays the history with each policy of the library in caches of some sizes.</summary>
internal static class Replays
{
    private static readonly double[] _aroundTheLimit = [0.25, 0.5, 1, 2, 4];
    private static readonly double[] _belowAll = [0.0625, 0.125, 0.25, 0.5, 1];

    public static ReplayView? Of(IReadOnlyList<HistoryEvent> history, long? limit, CancellationToken cancellationToken)
    {
        var replay = new HistoryReplay(history);
        if (replay.Requests == 0 || replay.Footprint == 0)
        {
            return null;
        }

        var (runs, work) = (new List<ReplayRunView>(), 0.0);
        foreach (var size in Sizes(replay.Footprint, limit))
        {
            // Where nothing goes, all policies do the same.
            var holdsAll = size >= replay.Footprint ? replay.Run(HistoryReplay.Policies[0], size) : null;
            foreach (var policy in HistoryReplay.Policies)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var run = holdsAll ?? replay.Run(policy, size);
                work = run.Work.TotalSeconds;
                runs.Add(new ReplayRunView(policy, size, run.Hits, run.SparedWork.TotalSeconds, work > 0 ? run.SparedWork.TotalSeconds / work : 0, run.Evictions));
            }
        }

        return new ReplayView(replay.Requests, replay.Footprint, work, runs);
    }

    /// <summary>Each twice the one before, up to one that holds everything. The limit is one of them, unless it holds everything: then all there is to see lies below it.</summary>
    public static IReadOnlyList<long> Sizes(long footprint, long? limit)
    {
        var (middle, factors) = limit is { } known && known > 0 && known < footprint ? (known, _aroundTheLimit) : (footprint, _belowAll);
        return [.. factors.Select(factor => Math.Max(1, (long)Math.Min(factor * middle, footprint))).Distinct()];
    }
}
