using SmartCache.Eviction;
using SmartCache.Simulation;

namespace SmartCache.Tests.Eviction;

/// <summary>The public replay of a history.</summary>
public class HistoryReplayTests
{
    private static readonly DateTimeOffset _start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly HistoryEvent[] _history =
    [
        Used(0, "a", 60, 10), Used(1, "b", 30, 90), new HistoryEvent { Kind = HistoryEventKind.Stored, Entry = "b", Layer = "profiles", Bytes = 30, Time = _start.AddSeconds(1) },
        Used(2, "a", 60, 10), Used(3, "c", 40, 50), Used(4, "a", 60, 10), Used(5, "b", 30, 90),
    ];

    [Fact]
    public void Cache_that_holds_everything_misses_each_entry_once()
    {
        var replay = new HistoryReplay(_history);

        (replay.Requests, replay.Footprint).Should().Be((6, 130));
        foreach (var policy in HistoryReplay.Policies)
        {
            replay.Run(policy, replay.Footprint).Should().Be(new HistoryReplayResult
            {
                Policy = policy,
                MaxSize = 130,
                Requests = 6,
                Hits = 3,
                Work = TimeSpan.FromSeconds(260),
                SparedWork = TimeSpan.FromSeconds(110),
            });
        }
    }

    [Fact]
    public void Smaller_cache_evicts_by_the_policy()
    {
        var replay = new HistoryReplay(_history);

        // b is older than a when c comes; it is what was most work.
        replay.Run("lru", 120).Should().Match<HistoryReplayResult>(static run => run.Policy == "LRU" && run.Hits == 2 && run.SparedWork == TimeSpan.FromSeconds(20) && run.Evictions > 0);
        replay.Run("COST", 120).SparedWork.Should().Be(TimeSpan.FromSeconds(100));
        replay.Run("LRU", 0).Should().Match<HistoryReplayResult>(static run => run.Hits == 0 && run.NotStored == 6);
    }

    [Fact]
    public void Policy_of_ones_own_is_replayed_as_one_of_the_library() =>
        new HistoryReplay(_history).Run(new LruPolicy(), 100).Should().Be(new HistoryReplay(_history).Run("LRU", 100));

    [Fact]
    public void Replay_is_the_one_of_the_simulator()
    {
        var one = new HistoryReplay(_history).Run("SIZE", 100);
        var other = Replay.Run(HistoryTrace.Of("history", _history), 100, SimulatedPolicy.Parse("SIZE+job", noJobs: false), 0.9);

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
