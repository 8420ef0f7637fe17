using System.Diagnostics;
using SmartCache.Eviction;
using Xunit.Abstractions;
using static SmartCache.Tests.Eviction.Candidates;

namespace SmartCache.Tests.Eviction;

public class EvictionPlanTests(ITestOutputHelper output)
{
    [Fact]
    public void Freeing_stops_when_enough_is_free_and_goes_on_in_the_next_slice()
    {
        var plan = EvictionOrder.Advise(new LruPolicy()).Plan(Entries(5), At(10));
        var gone = new List<string>();
        plan.Free(250, Take(gone)).Should().Be(300);
        gone.Should().Equal("e0", "e1", "e2");
        plan.Free(100, Take(gone)).Should().Be(100);
        gone.Should().Equal("e0", "e1", "e2", "e3");
        plan.Free(1000, Take(gone)).Should().Be(100);
    }

    [Fact]
    public void Freeing_passes_by_what_could_not_be_taken()
    {
        var policy = new RecordingPolicy();
        var plan = EvictionOrder.Advise(policy).Plan(Entries(4), At(10));
        var asked = new List<string>();
        plan.Free(200, candidate =>
        {
            asked.Add(candidate.Key);
            return candidate.Key != "e0";
        }).Should().Be(200);
        asked.Should().Equal("e0", "e1", "e2");
        policy.Seen.Where(e => e.Kind == CacheEventKind.Evicted).Select(e => e.Key).Should().Equal("e1", "e2");
    }

    [Fact]
    public void Freeing_down_to_the_low_water_mark_spares_what_is_protected()
    {
        var advisor = EvictionOrder.Advise(new LruPolicy());
        advisor.Observe(Request("e0", "job", 9));
        var gone = new List<string>();
        var plan = advisor.Plan(Entries(3), At(9));
        plan.Free(1000, Take(gone), ProtectionLevel.Free).Should().Be(200);
        plan.Free(1, Take(gone)).Should().Be(100);
        gone.Should().Equal("e1", "e2", "e0");
    }

    [Fact]
    public void Newcomer_is_admitted_only_over_protected_entries_that_rank_lower()
    {
        var advisor = EvictionOrder.Advise(new CostPolicy());
        foreach (var key in new[] { "cheap", "dear", "new" })
            advisor.Observe(Request(key, "job", 0));
        var plan = advisor.Plan([Entry("cheap", cost: 50), Entry("dear", cost: 500), Entry("free", cost: 5000)], At(0));
        var newcomer = Entry("new", cost: 100);
        plan.Admits(newcomer, 1_000_000_000).Should().BeTrue("a free entry is enough");
        plan.Admits(newcomer, 2_000_000_000).Should().BeTrue("the cheap one ranks lower");
        plan.Admits(newcomer, 3_000_000_000).Should().BeFalse("the dear one ranks higher");
        plan.Admits(newcomer, 4_000_000_000).Should().BeFalse("there is not so much");
        plan.TryNext(out _, out var first).Should().BeTrue();
        first.Key.Should().Be("free", "asking takes nothing");
    }

    [Fact]
    public void Newcomer_that_no_job_needs_does_not_push_out_what_one_needs()
    {
        var advisor = EvictionOrder.Advise(new LruPolicy());
        advisor.Observe(Request("e0", "job", 0));
        advisor.Plan(Entries(1), At(0)).Admits(Entry("new", accessed: 1), 100).Should().BeFalse();
    }

    [Fact]
    public void Order_of_ten_thousand_entries_is_that_of_a_sort()
    {
        var random = new Random(7);
        var entries = Enumerable.Range(0, 10_000)
            .Select(i => Entry($"{i:x32}_{i:x32}", size: random.Next(1, 1_000_000), cost: random.Next(1, 5000), accessed: random.NextDouble() * 40))
            .ToArray();
        var advisor = EvictionOrder.Advise(new CostPolicy());
        for (var i = 0; i < 300; i++)
            advisor.Observe(Request(entries[i].Key, $"job{i / 6}", 40));
        EvictionOrder.Of(advisor, 40, entries); // Compiles the code.

        var watch = Stopwatch.StartNew();
        var plan = advisor.Plan(entries, At(40));
        plan.TryNext(out _, out _);
        output.WriteLine($"10,000 entries planned in {watch.Elapsed.TotalMilliseconds:F1} ms");
        plan.Free(long.MaxValue, _ => true).Should().BePositive();
        output.WriteLine($"and all taken after {watch.Elapsed.TotalMilliseconds:F1} ms");

        var victims = new List<Victim>();
        plan = advisor.Plan(entries, At(40));
        while (plan.TryNext(out var victim, out _))
            victims.Add(victim);
        victims.Should().HaveCount(10_000);
        victims.Zip(victims.Skip(1)).Should().OnlyContain(pair => !pair.Second.GoesBefore(pair.First));
        victims.Count(victim => victim.Level == ProtectionLevel.Active).Should().Be(300);
    }

    [Fact]
    public void Policy_that_throws_is_replaced_by_the_order_of_last_access()
    {
        var advisor = EvictionOrder.Advise(new BrokenPolicy());
        advisor.Observe(Request("e1", "job", 1));
        advisor.SaveState().PolicyState.Should().BeNull();
        EvictionOrder.Of(advisor, 3, Entries(3)).Should().Equal("e0", "e2", "e1");
    }

    private static EvictionCandidate[] Entries(int count) =>
        [.. Enumerable.Range(0, count).Select(i => Entry($"e{i}", size: 100, accessed: i))];

    private static Func<EvictionCandidate, bool> Take(List<string> gone) => candidate =>
    {
        gone.Add(candidate.Key);
        return true;
    };

    private sealed class BrokenPolicy : IEvictionPolicy
    {
        public string Name => "BROKEN";

        public void Rank(ReadOnlySpan<EvictionCandidate> candidates, DateTimeOffset now, Span<double> ranks)
        {
            ranks.Fill(double.NaN);
            throw new InvalidOperationException("broken");
        }

        public void Observe(in CacheEvent cacheEvent) => throw new InvalidOperationException("broken");

        public System.Text.Json.JsonElement? SaveState() => throw new InvalidOperationException("broken");
    }

    private sealed class RecordingPolicy : IEvictionPolicy
    {
        public List<CacheEvent> Seen { get; } = [];

        public string Name => "RECORDING";

        public void Rank(ReadOnlySpan<EvictionCandidate> candidates, DateTimeOffset now, Span<double> ranks) => ranks.Clear();

        public void Observe(in CacheEvent cacheEvent) => Seen.Add(cacheEvent);
    }
}
