using SmartCache.Eviction;
using SmartCache.Simulation;

namespace SmartCache.Tests.Eviction;

/// <summary>The public replay of a history.</summary>
public class HistoryReplayTests
{
    private static readonly DateTimeOffset _start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly HistoryEvent[] _history =
    [
        Used(0, "b", 300, 90), new HistoryEvent { Kind = HistoryEventKind.Stored, Entry = "b", Layer = "profiles", Bytes = 300, Time = _start },
        Used(1, "s", 100, 10), Used(2, "a", 500, 1), Used(3, "c", 300, 50), Used(4, "b", 300, 90),
    ];

    [Fact]
    public void Cache_that_holds_everything_misses_each_entry_once()
    {
        var replay = new HistoryReplay(_history);

        (replay.Requests, replay.Footprint).Should().Be((5, 1200));
        foreach (var policy in HistoryReplay.Policies)
        {
            replay.Run(policy, replay.Footprint).Should().Be(new HistoryReplayResult
            {
                Policy = policy,
                MaxSize = 1200,
                Requests = 5,
                Hits = 1,
                Work = TimeSpan.FromSeconds(241),
                SparedWork = TimeSpan.FromSeconds(90),
            });
        }
    }

    [Fact]
    public void Smaller_cache_evicts_by_the_policy()
    {
        var replay = new HistoryReplay(_history);

        // When c comes, b was used longest ago, and was most work.
        replay.Run("lru", 1000).Should().Match<HistoryReplayResult>(static run => run.Policy == "LRU" && run.Hits == 0 && run.Evictions == 4);
        replay.Run("COST", 1000).Should().Match<HistoryReplayResult>(static run => run.Hits == 1 && run.SparedWork == TimeSpan.FromSeconds(90) && run.Evictions == 2);
        replay.Run("LRU", 0).Should().Match<HistoryReplayResult>(static run => run.Hits == 0 && run.NotStored == 5);
    }

    [Fact]
    public void Policy_of_ones_own_is_replayed_as_one_of_the_library() =>
        new HistoryReplay(_history).Run(new LruPolicy(), 1000).Should().Be(new HistoryReplay(_history).Run("LRU", 1000));

    [Fact]
    public void Replay_is_the_one_of_the_simulator()
    {
        var one = new HistoryReplay(_history).Run("SIZE", 1000);
        var other = Replay.Run(HistoryTrace.Of("history", _history), 1000, SimulatedPolicy.Parse("SIZE+job", noJobs: false), 0.9);

        (one.Hits, one.Evictions, one.SparedWork.TotalSeconds).Should().Be((other.All.Hits, other.Evictions, other.All.HitSeconds));
    }

    [Fact]
    public void Policy_that_is_none_and_a_size_below_nothing_are_refused()
    {
        var replay = new HistoryReplay([]);

        replay.Invoking(static it => it.Run("MRU", 1)).Should().Throw<ArgumentException>().WithMessage("*COST, FIFO, LRU, SIZE*");
        replay.Invoking(static it => it.Run("LRU", -1)).Should().Throw<ArgumentOutOfRangeException>();
        replay.Run("LRU", 1).Requests.Should().Be(0);
    }

    private static HistoryEvent Used(int second, string entry, long bytes, double cost) => new HistoryEvent
    {
        Kind = HistoryEventKind.Used,
        Layer = "profiles",
        Entry = entry,
        Bytes = bytes,
        Cost = TimeSpan.FromSeconds(cost),
        Time = _start.AddSeconds(second),
    };
}
