using SmartCache.Tool.Stats;

namespace SmartCache.Tests.Tool;

public class RequestSumsTests
{
    [Fact]
    public void What_was_fetched_ahead_is_served_and_no_hit()
    {
        var sums = new RequestSums();
        foreach (var outcome in new[] { CacheOutcome.Hit, CacheOutcome.Prefetched, CacheOutcome.Prefetched, CacheOutcome.Miss, CacheOutcome.Bypass })
        {
            sums.Add(new HistoryEvent(HistoryEventKind.Requested) { Outcome = outcome, Cost = TimeSpan.FromSeconds(3), Bytes = 10 });
        }

        var view = sums.ToView();

        (view.Requests, view.Hits, view.Prefetched, view.Misses, view.Bypassed, view.Served).Should().Be((5, 1, 2, 1, 1, 3));
        (view.HitRate, view.SavedSeconds, view.SavedBytes).Should().Be((0.25, 9, 10));
    }
}
