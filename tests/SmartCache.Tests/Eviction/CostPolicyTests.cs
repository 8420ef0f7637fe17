using SmartCache.Eviction;
using SmartCache.Simulation;
using static SmartCache.Tests.Eviction.Candidates;

namespace SmartCache.Tests.Eviction;

public class CostPolicyTests
{
    private const long GB = 1_000_000_000;

    [Fact]
    public void Free_entry_that_is_cheapest_to_make_again_per_byte_goes_first() =>
        EvictionOrder.Of(Advisor(), 1, Entry("dear", GB, 900), Entry("large", 10 * GB, 1000), Entry("small", GB / 10, 50))
            .Should().Equal("large", "small", "dear");

    [Fact]
    public void Popular_entry_stays_and_retries_of_one_job_do_not_make_it_popular()
    {
        var advisor = Advisor();
        foreach (var job in new[] { "a", "b", "c" })
            Use(advisor, "three jobs", job);
        for (var attempt = 0; attempt < 5; attempt++)
            advisor.Observe(Request("five attempts", "d", 0));
        advisor.Observe(Job(CacheEventKind.JobCompleted, "d", 0));
        EvictionOrder.Of(advisor, 1, Entry("three jobs", cost: 100), Entry("five attempts", cost: 500))
            .Should().Equal("five attempts", "three jobs");
    }

    [Fact]
    public void Abandoned_jobs_do_not_make_an_entry_popular()
    {
        var advisor = Advisor();
        foreach (var job in new[] { "a", "b", "c" })
            Use(advisor, "given up", job, CacheEventKind.JobAbandoned);
        EvictionOrder.Of(advisor, 1, Entry("given up", cost: 100), Entry("other", cost: 120)).Should().Equal("given up", "other");
    }

    [Fact]
    public void Popularity_outlives_the_entry_and_halves_every_28_days()
    {
        var advisor = Advisor();
        for (var i = 0; i < 9; i++)
            Use(advisor, "popular", $"job{i}");
        Rank(advisor, Entry("popular", GB, 100), 12).Should().BeApproximately(((0.5 * 8) + (8.2 / 19)) * 100, 1e-6, "half a day counts as one");
        advisor.Observe(Job(CacheEventKind.JobStarted, "x", 24 * 28 + 1));
        // 9 jobs have become 4.5, and so have 9 ends and 8 returns of profiles.
        Rank(advisor, Entry("popular", GB, 100), (24 * 28) + 12).Should().BeApproximately(((0.5 * 3.5) + (4.2 / 14.5)) * 100 / 29, 1e-6);
    }

    [Fact]
    public void Job_counts_once_for_a_video_however_many_profiles_it_asks_for()
    {
        var advisor = Advisor();
        foreach (var profile in new[] { "many_1080p", "many_720p", "many_480p", "many" })
            advisor.Observe(Request(profile, "one job", 0));
        advisor.Observe(Job(CacheEventKind.JobCompleted, "one job", 0));
        foreach (var job in new[] { "a", "b" })
            Use(advisor, "two", job);

        EvictionOrder.Of(advisor, 1, Entry("two_720p", cost: 100), Entry("many_720p", cost: 500)).Should().Equal("many_720p", "two_720p");
    }

    [Fact]
    public void Job_counts_once_for_a_video_however_many_others_ask_for_it_meanwhile()
    {
        var advisor = Advisor();
        foreach (var profile in new[] { "busy_1080p", "busy_720p", "busy_480p" })
        {
            foreach (var job in new[] { "a", "b", "c", "d" })
                advisor.Observe(Request(profile, job, 0));
        }

        // Four jobs, and not twelve.
        Rank(advisor, Entry("busy_360p", GB, 100), 12).Should().BeApproximately((0.5 * 3 + 0.2 / 10) * 100, 1e-6);
    }

    [Fact]
    public void Profile_that_no_job_has_asked_for_is_expected_back_with_its_video()
    {
        var advisor = Advisor();
        foreach (var job in new[] { "a", "b", "c" })
            Use(advisor, "video_1080p", job);

        EvictionOrder.Of(advisor, 1, Entry("video_new", cost: 100), Entry("other_new", cost: 500)).Should().Equal("other_new", "video_new");
    }

    [Fact]
    public void Of_two_videos_with_as_many_jobs_the_older_one_goes_first()
    {
        var advisor = Advisor();
        foreach (var (video, day) in new[] { ("old", 0), ("new", 9) })
        {
            foreach (var job in new[] { "a", "b" })
                advisor.Observe(Request(video, video + job, 24 * day));
        }

        EvictionOrder.Of(advisor, 240, Entry("old", cost: 500, accessed: 239), Entry("new", cost: 100)).Should().Equal("old", "new");
    }

    [Fact]
    public void Return_rate_is_learned_per_kind()
    {
        var advisor = Advisor();
        Rank(advisor, Entry("s", kind: EntryKind.Source), 0).Should().BeApproximately(200 * 0.05, 1e-9);
        Rank(advisor, Entry("p"), 0).Should().BeApproximately(200 * 0.02, 1e-9);
        for (var i = 0; i < 10; i++)
            Use(advisor, $"p{i}", $"job{i}");
        advisor.Observe(Request("p0", null, 0));
        advisor.Observe(Request("p0", null, 0)); // Only the first one after the end is a return.
        Rank(advisor, Entry("p"), 0).Should().BeApproximately(200 * 1.2 / 20, 1e-9);
        Rank(advisor, Entry("s", kind: EntryKind.Source), 0).Should().BeApproximately(200 * 0.05, 1e-9);
    }

    [Fact]
    public void Protected_entry_that_nobody_touches_ages_until_newer_ones_outrank_it()
    {
        var advisor = Advisor();
        foreach (var key in new[] { "old", "b", "c" })
            advisor.Observe(Request(key, "job", 0));
        advisor.Plan([Entry("b", cost: 80)], At(0.1)).Free(1, _ => true).Should().Be(GB);
        EvictionOrder.Of(advisor, 0.2, Entry("old", cost: 100), Entry("c", cost: 30, accessed: 0.2)).Should().Equal("old", "c");
        EvictionOrder.Of(advisor, 0.2, Entry("old", cost: 100), Entry("c", cost: 10, accessed: 0.2)).Should().Equal("c", "old");
    }

    [Fact]
    public void Unknown_cost_counts_as_the_median_of_its_layer()
    {
        EvictionCandidate[] known = [Entry("1", GB, 10), Entry("2", GB, 20), Entry("3", GB, 1000), Entry("s", GB, 1, kind: EntryKind.Source)];
        var order = EvictionOrder.Of(Advisor(), 1, [.. known, Entry("?", 2 * GB, cost: null, accessed: 1)]);
        order.Should().Equal("s", "1", "2", "?", "3");
    }

    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(-5, 0.1)]
    [InlineData(1e9, 86400)]
    public void Absurd_costs_are_clamped(double seconds, double counted) =>
        Rank(Advisor(), Entry("e", GB, seconds), 0).Should().BeApproximately(counted * 0.02 / 0.5, 1e-9);

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Cost_that_is_no_number_is_unknown(double seconds) =>
        EvictionOrder.Of(Advisor(), 0, Entry("1", GB, 1), Entry("?", GB, seconds), Entry("9", GB, 9), Entry("9b", GB, 9, accessed: 1))
            .Should().Equal("1", "?", "9", "9b");

    [Fact]
    public void Job_that_falls_silent_counts_as_finished_but_only_once()
    {
        var advisor = Advisor();
        Use(advisor, "e", "first");
        advisor.Observe(Request("e", "lost", 1));
        advisor.Observe(Request("x", "other", 8)); // Time goes by.
        var after = Rank(advisor, Entry("e"), 8);
        after.Should().BeInRange(60, 100, "two jobs used it");
        advisor.Observe(Request("e", "lost", 9));
        advisor.Observe(Job(CacheEventKind.JobCompleted, "lost", 10));
        Rank(advisor, Entry("e"), 10).Should().BeInRange(54, 95, "it is still two jobs");
    }

    private static Advice Advisor() => EvictionOrder.Advise(new CostPolicy());

    private static double Rank(Advice advisor, EvictionCandidate candidate, double hours)
    {
        advisor.Plan([candidate], At(hours)).TryNext(out var victim, out _).Should().BeTrue();
        return victim.Rank;
    }

    private static void Use(Advice advisor, string key, string job, CacheEventKind end = CacheEventKind.JobCompleted)
    {
        advisor.Observe(Request(key, job, 0));
        advisor.Observe(Job(end, job, 0));
    }
}
