using System.Text.Json;
using SmartCache.Eviction;
using SmartCache.Jobs;
using SmartCache.Simulation;
using static SmartCache.Tests.Eviction.Candidates;

namespace SmartCache.Tests.Eviction;

public class EvictionStateTests
{
    [Fact]
    public void State_survives_a_restart()
    {
        var before = Experienced();
        var json = JsonSerializer.Serialize(before.SaveState(), EvictionJson.Default.EvictionState);
        var after = EvictionOrder.Advise(new CostPolicy());
        after.LoadState(JsonSerializer.Deserialize(json, EvictionJson.Default.EvictionState)!);

        JsonSerializer.Serialize(after.SaveState(), EvictionJson.Default.EvictionState).Should().Be(json);
        var candidates = Some();
        AskAgain(after);
        Ranks(after, candidates).Should().Equal(Ranks(before, candidates));
        json.Should().NotContain("entry", "names are hashed").And.NotContain("someone");
    }

    [Fact]
    public void State_of_another_policy_is_left_aside()
    {
        var state = Experienced().SaveState() with { Policy = "MRU" };
        var advisor = EvictionOrder.Advise(new CostPolicy());
        advisor.LoadState(state);
        Ranks(advisor, [Entry("entry7")]).Should().Equal(Ranks(EvictionOrder.Advise(new CostPolicy()), [Entry("entry7")]));
    }

    [Theory]
    [InlineData("""{"policy":"COST","policyState":42}""")]
    [InlineData("""{"policy":"COST","policyState":{"ageing":[null,{"since":"2026-03-01T00:00:00+00:00","level":-1}],"uses":null}}""")]
    [InlineData("""{"policy":"COST","policyState":{"uses":{"returns":[9e300],"finished":[-1,2,3,4],"keys":[null,{"key":"zz"},{"key":"1","kind":7},{"key":"2","jobs":1e300,"seen":1}]},"videos":{"videos":[null,{"video":"x"},{"video":"1","jobs":1e300,"first":1,"seen":1},{"video":"2","jobs":1,"first":-1,"seen":1,"latest":"zz"}]}}}""")]
    [InlineData("""{"policy":"COST","jobs":[{"job":"1","aliveAt":"9999-12-31T23:59:59+00:00","sources":["1",null,"x"]}]}""")] // as older versions wrote it
    public void Damaged_state_costs_only_quality(string json)
    {
        var advisor = EvictionOrder.Advise(new CostPolicy());
        advisor.LoadState(JsonSerializer.Deserialize(json, EvictionJson.Default.EvictionState)!);
        advisor.Observe(Request("a", "job", 1));
        EvictionOrder.Of(advisor, 1, Entry("a", cost: 1), Entry("b", cost: 200), Entry("c", cost: 100)).Should().Equal("c", "b", "a");
        advisor.SaveState().Should().NotBeNull();
    }

    [Fact]
    public void State_stays_bounded_however_many_keys_and_jobs_come()
    {
        var advisor = EvictionOrder.Advise(new CostPolicy());
        for (var i = 0; i < 3 * FinishedUseTable.MaxKeys; i++)
        {
            var time = i / 100.0;
            advisor.Observe(Request($"key{i}", $"job{i}", time));
            advisor.Observe(Job(CacheEventKind.JobCompleted, $"job{i}", time));
        }

        for (var i = 0; i < 3 * UnfinishedJobs.MaxJobs; i++)
        {
            for (var key = 0; key < (i % 100 == 0 ? 2 * UnfinishedJobs.MaxKeysPerJob : 2); key++)
                advisor.Observe(Request($"key{i}-{key}", $"endless{i}", 200 + (i / 1e5)));
        }

        advisor.Jobs.Should().Be(UnfinishedJobs.MaxJobs);
        var last = 3 * UnfinishedJobs.MaxJobs / 100 * 100;
        advisor.LevelOf(Entry($"key{last}-{UnfinishedJobs.MaxKeysPerJob - 1}", accessed: 200), At(201)).Should().Be(ProtectionLevel.Active);
        advisor.LevelOf(Entry($"key{last}-{UnfinishedJobs.MaxKeysPerJob}", accessed: 200), At(201)).Should().Be(ProtectionLevel.Free);
        var state = advisor.SaveState();
        var json = JsonSerializer.Serialize(state, EvictionJson.Default.EvictionState);
        json.Length.Should().BeLessThan(1_000_000);
        state.PolicyState!.Value.Deserialize(EvictionJson.Default.CostPolicyState)!.Uses!.Keys!.Count.Should().BeLessThanOrEqualTo(FinishedUseTable.MaxKeys);
    }

    [Fact]
    public void Popular_video_outlives_a_flood_of_videos_used_once()
    {
        var table = new VideoUseTable();
        table.Observe(Request("popular", "a", 0));
        table.Observe(Request("popular", "b", 0));
        for (var i = 0; i < 2 * VideoUseTable.MaxVideos; i++)
            table.Observe(Request($"once{i}", "c", 0));
        table.Of(Entry("popular").VideoHash)!.Value.Jobs.Should().Be(2);
        table.Count.Should().BeLessThanOrEqualTo(VideoUseTable.MaxVideos);
    }

    [Fact]
    public void State_of_before_videos_were_counted_keeps_what_it_knows_of_the_kinds()
    {
        var advisor = EvictionOrder.Advise(new CostPolicy());
        const string old = """{"policy":"COST","policyState":{"uses":{"halvedAt":"2026-03-01T00:00:00+00:00","returns":[0,10],"finished":[0,30],"keys":[{"key":"000000000000000b","kind":1,"jobs":3,"seen":1772323200,"idle":true}]}}}""";

        advisor.LoadState(JsonSerializer.Deserialize(old, EvictionJson.Default.EvictionState)!);

        advisor.Plan([Entry("e")], At(0)).TryNext(out var victim, out _).Should().BeTrue();
        victim.Rank.Should().BeApproximately(100 * 10.2 / 40 / 0.5, 1e-9);
    }

    [Fact]
    public void Ageing_history_stays_bounded_and_keeps_its_ends()
    {
        var level = new AgeingLevel();
        for (var i = 1; i <= 10_000; i++)
            level.RaiseTo(i, At(i));
        level.Steps.Count.Should().BeLessThanOrEqualTo(AgeingLevel.MaxSteps);
        level.Current.Should().Be(10_000);
        level.At(At(9_990)).Should().Be(9_990);
        level.At(At(0)).Should().Be(0);
        level.At(At(5_000)).Should().BeInRange(1, 5_000);
    }

    [Fact]
    public void Job_is_forgotten_when_it_is_older_than_an_unfinished_job_can_be()
    {
        var advisor = EvictionOrder.Advise(new LruPolicy());
        advisor.Observe(Request("e", "gone", 0));
        advisor.Observe(Request("e", "here", 24 * 8));
        advisor.Jobs.Should().Be(1);
    }

    private static Advice Experienced()
    {
        var advisor = EvictionOrder.Advise(new CostPolicy());
        for (var i = 0; i < 20; i++)
        {
            advisor.Observe(Request($"entry{i % 8}", $"someone{i}", 1));
            if (i > 3)
                advisor.Observe(Job(CacheEventKind.JobCompleted, $"someone{i}", 1));
        }

        advisor.Plan([Entry("entry1")], At(2)).Free(1, _ => true);
        return advisor;
    }

    /// <summary>The jobs that are not done yet, which their own files keep.</summary>
    private static void AskAgain(Advice advisor)
    {
        for (var i = 0; i <= 3; i++)
            advisor.Observe(Request($"entry{i}", $"someone{i}", 1));
    }

    private static EvictionCandidate[] Some() => [.. Enumerable.Range(0, 10).Select(i => Entry($"entry{i}", cost: 10 + i, accessed: i % 3))];

    private static List<double> Ranks(Advice advisor, EvictionCandidate[] candidates)
    {
        var plan = advisor.Plan(candidates, At(3));
        var ranks = new List<double>();
        while (plan.TryNext(out var victim, out _))
            ranks.Add(victim.Rank);
        return ranks;
    }
}
