using System.Text.Json;
using SmartCache.Eviction;
using static SmartCache.Tests.Eviction.Candidates;

namespace SmartCache.Tests.Eviction;

public class JobProtectionTests
{
    [Theory]
    [InlineData("LRU")]
    [InlineData("FIFO")]
    [InlineData("SIZE")]
    [InlineData("COST")]
    public void Entry_of_an_unfinished_job_goes_last_under_every_policy(string name)
    {
        var advisor = Advisor(name);
        advisor.Observe(Request("needed", "job", 0));
        var free = Entry("free", size: 1, cost: 1e5, created: 1, accessed: 1);
        EvictionOrder.Of(advisor, 1, Entry("needed", size: 10_000_000_000, cost: 1), free).Should().Equal("free", "needed");
    }

    [Theory]
    [InlineData(CacheEventKind.JobCompleted)]
    [InlineData(CacheEventKind.JobAbandoned)]
    public void Entry_is_free_when_its_last_job_has_ended(CacheEventKind end)
    {
        var advisor = Advisor("LRU");
        advisor.Observe(Request("shared", "one", 0));
        advisor.Observe(Request("shared", "two", 0.1));
        advisor.Observe(Job(end, "one", 0.5));
        advisor.LevelOf(Entry("shared"), At(0.6)).Should().Be(ProtectionLevel.Active);
        advisor.Observe(Job(end, "two", 0.7));
        advisor.LevelOf(Entry("shared"), At(0.8)).Should().Be(ProtectionLevel.Free);
    }

    [Fact]
    public void Silent_jobs_entry_goes_before_a_lively_ones_and_is_free_after_the_period()
    {
        var advisor = Advisor("LRU");
        advisor.Observe(Request("silent", "a", 0));
        advisor.Observe(Request("lively", "b", 0));
        advisor.Observe(Job(CacheEventKind.JobActive, "b", 2.9));
        // By last access alone the silent one would stay.
        EvictionOrder.Of(advisor, 3, Entry("lively"), Entry("silent", accessed: 0.5)).Should().Equal("silent", "lively");
        advisor.LevelOf(Entry("silent"), At(5.9)).Should().Be(ProtectionLevel.Quiet);
        advisor.LevelOf(Entry("silent"), At(6)).Should().Be(ProtectionLevel.Free);
    }

    [Fact]
    public void Silent_jobs_entries_are_free_where_silent_jobs_do_not_come_back()
    {
        var advisor = Advisor("LRU");
        for (var i = 0; i < 12; i++)
            advisor.Observe(Request($"lost{i}", $"lost{i}", 0));
        advisor.Observe(Request("silent", "job", 10)); // The ends of the others have not arrived for ten hours.

        GoesBeforeFree(advisor).Should().BeTrue("it was used longer ago than the free one");
    }

    [Fact]
    public void Silent_jobs_entries_stay_where_silent_jobs_come_back()
    {
        var advisor = Advisor("LRU");
        for (var i = 0; i < 12; i++)
        {
            advisor.Observe(Request($"late{i}", $"late{i}", 0));
            if (i < 3)
                advisor.Observe(Request($"late{i}", $"late{i}", 3));
        }

        advisor.Observe(Request("silent", "job", 10));
        GoesBeforeFree(advisor).Should().BeFalse();
    }

    [Fact]
    public void Job_that_is_not_silent_says_nothing_of_silent_ones()
    {
        var advisor = Advisor("LRU");
        for (var i = 0; i < 40; i++)
        {
            advisor.Observe(Request($"e{i}", $"job{i}", 0.1 * i));
            advisor.Observe(Job(CacheEventKind.JobActive, $"job{i}", (0.1 * i) + 1));
            advisor.Observe(Job(CacheEventKind.JobCompleted, $"job{i}", (0.1 * i) + 2));
        }

        advisor.Observe(Request("silent", "job", 10));
        GoesBeforeFree(advisor).Should().BeFalse();
    }

    [Fact]
    public void What_was_learned_of_silent_jobs_outlives_a_restart_and_damage()
    {
        var advisor = Advisor("LRU");
        for (var i = 0; i < 12; i++)
            advisor.Observe(Request($"lost{i}", $"lost{i}", 0));
        advisor.Observe(Request("other", "other", 10));
        var saved = JsonSerializer.Serialize(advisor.SaveState(), EvictionJson.Default.EvictionState);

        var next = Advisor("COST");
        next.LoadState(JsonSerializer.Deserialize(saved, EvictionJson.Default.EvictionState)!);
        next.Observe(Request("silent", "job", 10));
        GoesBeforeFree(next).Should().BeTrue("the policy is another one, the jobs are not");

        next.LoadState(new EvictionState { SilentEntries = double.NaN, SilentReturns = 1e300 });
        GoesBeforeFree(next).Should().BeFalse("nothing is known");
    }

    [Fact]
    public void Expected_retry_protects_until_it_is_overdue()
    {
        var advisor = Advisor("LRU");
        advisor.Observe(Request("e", "job", 0));
        advisor.Observe(Job(CacheEventKind.RetryExpected, "job", 1, retryAt: 20));
        advisor.LevelOf(Entry("e"), At(20)).Should().Be(ProtectionLevel.Active);
        advisor.LevelOf(Entry("e"), At(26)).Should().Be(ProtectionLevel.Free);
    }

    [Fact]
    public void Job_that_was_alive_years_ahead_protected_for_years_where_no_event_followed()
    {
        var advisor = Advisor("LRU");
        advisor.Observe(Request("e", "job", 100_000));
        advisor.LevelOf(Entry("e"), At(0)).Should().Be(ProtectionLevel.Active, "which of the clocks is right nobody knows");
        advisor.LevelOf(Entry("e"), At(6)).Should().Be(ProtectionLevel.Free);
    }

    [Fact]
    public void Request_without_a_job_protects_nothing()
    {
        var advisor = Advisor("LRU");
        advisor.Observe(Request("e", null, 0));
        advisor.LevelOf(Entry("e"), At(0)).Should().Be(ProtectionLevel.Free);
    }

    [Fact]
    public void Facts_of_the_entry_itself_protect_it_when_the_ledger_is_lost()
    {
        var advisor = Advisor("LRU");
        advisor.LevelOf(Entry("e", accessed: 0, jobs: 1), At(1)).Should().Be(ProtectionLevel.Active);
        advisor.LevelOf(Entry("e", accessed: 0, jobs: 1), At(7)).Should().Be(ProtectionLevel.Free);
        advisor.LevelOf(Entry("e", accessed: 0, jobs: 1) with { ProtectedUntil = At(9) }, At(7)).Should().NotBe(ProtectionLevel.Free);
    }

    [Fact]
    public void Entry_accessed_in_the_future_is_not_protected_for_years()
    {
        var advisor = Advisor("LRU");
        advisor.Observe(Request("e", "job", 0));
        advisor.Observe(Job(CacheEventKind.JobActive, "job", 24 * 365 * 5));
        advisor.Observe(Request("other", "other", 1));
        advisor.LevelOf(Entry("e", accessed: 24 * 365 * 5), At(12)).Should().Be(ProtectionLevel.Free);
    }

    [Fact]
    public void Protection_switched_off_leaves_the_policy_alone()
    {
        var advisor = EvictionOrder.Advise(new LruPolicy(), JobProtection.Off);
        advisor.Observe(Request("needed", "job", 0));
        EvictionOrder.Of(advisor, 1, Entry("free", accessed: 1), Entry("needed")).Should().Equal("needed", "free");
    }

    [Fact]
    public void Nothing_of_a_silent_job_goes_for_what_nobody_has_asked_for()
    {
        var advisor = Advisor("LRU");
        for (var i = 0; i < 12; i++)
            advisor.Observe(Request($"lost{i}", $"lost{i}", 0));
        advisor.Observe(Request("silent", "job", 10));
        EvictionCandidate[] entries = [Entry("free", size: 100, accessed: 11), Entry("silent", size: 100, accessed: 10)];
        var plan = advisor.Plan(entries, At(12), Entry("newcomer", size: 100, created: 12, accessed: 12));

        (plan.Admits(150), plan.AdmitsWithoutLoss(150), plan.AdmitsWithoutLoss(100)).Should().Be((true, false, true));
        plan.TryNext(out var first, out var candidate).Should().BeTrue();
        (candidate.Key, first.Level, first.IsSilent).Should().Be(("silent", ProtectionLevel.Free, true));
    }

    private static bool GoesBeforeFree(Advice advisor) =>
        EvictionOrder.Of(advisor, 12, Entry("free", accessed: 11, cost: 1000), Entry("silent", accessed: 10, cost: 1)).SequenceEqual(["silent", "free"]);

    private static Advice Advisor(string name)
    {
        new EvictionPolicyCatalog([]).TryFind(name, out var policy).Should().BeTrue();
        return EvictionOrder.Advise(policy!);
    }
}
