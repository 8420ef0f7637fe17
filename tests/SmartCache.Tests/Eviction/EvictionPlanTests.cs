using System.Diagnostics;
using SmartCache.Eviction;
using SmartCache.Simulation;
using Xunit.Abstractions;
using static SmartCache.Tests.Eviction.Candidates;

namespace SmartCache.Tests.Eviction;

public class EvictionPlanTests(ITestOutputHelper output)
{
    private const long GB = 1_000_000_000;

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
        var plan = advisor.Plan([Entry("cheap", cost: 50), Entry("dear", cost: 500), Entry("free", cost: 5000)], At(0), Entry("new", cost: 100));
        plan.Admits(1_000_000_000).Should().BeTrue("a free entry is enough");
        plan.Admits(2_000_000_000).Should().BeTrue("the cheap one ranks lower");
        plan.Admits(3_000_000_000).Should().BeFalse("the dear one ranks higher");
        plan.Admits(4_000_000_000).Should().BeFalse("there is not so much");
        plan.TryNext(out _, out var first).Should().BeTrue();
        first.Key.Should().Be("free", "asking takes nothing");
    }

    [Fact]
    public void Newcomer_that_no_job_needs_does_not_push_out_what_one_needs()
    {
        var advisor = EvictionOrder.Advise(new LruPolicy());
        advisor.Observe(Request("e0", "job", 0));
        advisor.Plan(Entries(1), At(0), Entry("new", accessed: 1)).Admits(100).Should().BeFalse();
    }

    [Theory]
    [InlineData("LRU")]
    [InlineData("FIFO")]
    [InlineData("SIZE")]
    [InlineData("COST")]
    [Trait("Found", "S6-equal-rank")]
    public void Newcomer_of_equal_rank_does_not_push_out_what_a_job_needs(string policy)
    {
        var advisor = Advise(policy, "old", "new");
        advisor.Plan([Entry("old", cost: 100)], At(0), Entry("new", cost: 100)).Admits(1).Should().BeFalse("it would cost as much to make the other one again");
        advisor.Plan([Entry("old", cost: 100)], At(0), Entry("new", cost: 101)).Admits(1).Should().BeTrue();
    }

    [Theory]
    [InlineData("LRU")]
    [InlineData("FIFO")]
    [InlineData("SIZE")]
    [Trait("Found", "M10")]
    public void Protected_entries_go_by_what_they_cost_per_byte_under_every_policy(string policy)
    {
        var advisor = Advise(policy, "dear", "cheap", "large");
        EvictionOrder.Of(advisor, 1, Entry("dear", size: GB, cost: 500), Entry("cheap", size: GB, cost: 5, accessed: 1), Entry("large", size: 4 * GB, cost: 400, created: 1))
            .Should().Equal("cheap", "large", "dear");
        advisor.Plan([Entry("dear", cost: 500)], At(1), Entry("cheap", cost: 5, accessed: 1)).Admits(1).Should().BeFalse("the cheap does not drive out the dear");
        advisor.Plan([Entry("cheap", cost: 5, accessed: 1)], At(1), Entry("dear", cost: 500)).Admits(1).Should().BeTrue();
    }

    [Theory]
    [InlineData("LRU")]
    [InlineData("FIFO")]
    [InlineData("SIZE")]
    [InlineData("COST")]
    [Trait("Found", "M10")]
    public void Source_pushes_out_no_profile_of_its_own_job_but_those_of_others_that_are_worth_less(string policy)
    {
        var advisor = Advise(policy, "own");
        advisor.Observe(Request("source", "job", 0, EntryKind.Source));
        advisor.Observe(Request("other", "another job", 0));
        var plan = advisor.Plan([Entry("own", cost: 1), Entry("other", cost: 2)], At(0), Entry("source", cost: 100, kind: EntryKind.Source));
        plan.Admits(GB).Should().BeTrue("the other job's profile is worth less than the source");
        plan.Admits(2 * GB).Should().BeFalse("with its own profile the job does not need the source");
        plan.TryNext(out _, out var victim).Should().BeTrue();
        victim.Key.Should().Be("other");
        plan.TryNext(out _, out _).Should().BeFalse();
    }

    [Fact]
    [Trait("Found", "M10")]
    public void Source_pushes_out_the_profiles_of_a_job_that_has_ended()
    {
        var advisor = Advise("LRU", "own");
        advisor.Observe(Request("source", "job", 0, EntryKind.Source));
        advisor.Observe(Job(CacheEventKind.JobCompleted, "job", 1));
        advisor.Plan([Entry("own", cost: 1000)], At(1), Entry("source", cost: 1, kind: EntryKind.Source)).Admits(GB).Should().BeTrue();
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

    /// <summary>One unfinished job asked for each of these.</summary>
    private static Advice Advise(string policy, params string[] keys)
    {
        new EvictionPolicyCatalog([]).TryFind(policy, out var found).Should().BeTrue();
        var advisor = EvictionOrder.Advise(found!);
        foreach (var key in keys)
            advisor.Observe(Request(key, "job", 0));
        return advisor;
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
