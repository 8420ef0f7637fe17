using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Jobs;

public class JobPlanTests
{
    private static readonly EncodingProfile Large = new("1080p") { VideoBitrate = "5000k" };
    private static readonly EncodingProfile Medium = new("720p") { VideoBitrate = "2800k" };
    private static readonly EncodingProfile Small = new("480p") { VideoBitrate = "900k" };

    [Fact]
    public async Task Evicted_source_is_not_fetched_where_all_profiles_are_cached()
    {
        await using var cache = new TestCache();
        var job = await EncodedJobAsync(cache);
        Directory.Delete(cache.Entries("sources").Single(), recursive: true);

        await using var plan = await cache.Manager.PlanAsync(job.Request(), [Large, Small], job.Encoder);
        var profiles = new[] { await EncodeAsync(plan, Large), await EncodeAsync(plan, Small) };

        plan.NeedsSource.Should().BeFalse();
        plan.IsSourceCached.Should().BeFalse();
        plan.Cached.Should().Equal(Large, Small);
        profiles.Should().OnlyContain(static profile => profile.Outcome == CacheOutcome.Hit);
        profiles.Should().OnlyContain(static profile => TestJob.Tree(profile.Directory).Count == 5);
        job.InnerDownloader.Calls.Should().Be(1);

        Task<EncodedProfile> EncodeAsync(JobPlan of, EncodingProfile profile) =>
            of.EncodeAsync(profile, cache.WorkPath("plan-" + profile.Name), static _ => throw new InvalidOperationException("must not be fetched"));
    }

    [Fact]
    public async Task Unknown_source_needs_everything_and_is_fetched_once()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        var fetched = 0;

        await using var plan = await cache.Manager.PlanAsync(job.Request(), [Large, Small], job.Encoder);
        var profiles = await Task.WhenAll(new[] { Large, Small }.Select(profile => plan.EncodeAsync(profile, cache.WorkPath(profile.Name), token =>
        {
            fetched++;
            return job.Downloader.DownloadAsync(job.Request(), null, token);
        })));

        (plan.Media, plan.NeedsSource, fetched).Should().Be((null, true, 1));
        profiles.Should().OnlyContain(static profile => profile.Outcome == CacheOutcome.Miss);
    }

    [Fact]
    public async Task Missing_profiles_of_a_plan_are_made_in_one_run_and_the_cached_ones_left_alone()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        var inner = new FakeLadderEncoder();
        var encoder = new CachingProfileEncoder(inner, cache.Manager);
        var told = new List<string>();
        await using (var first = await cache.Manager.PlanAsync(job.Request(), [Large], encoder))
        {
            await first.EncodeMissingAsync(profile => cache.WorkPath("first-" + profile.Name), FetchAsync);
        }

        await cache.Manager.FlushAsync();
        await using var plan = await cache.Manager.PlanAsync(job.Request(), [Large, Medium, Small], encoder);

        var made = await plan.EncodeMissingAsync(profile => cache.WorkPath(profile.Name), FetchAsync, (profile, encoded) =>
        {
            told.Add(profile.Name + encoded.Playlist);
            return Task.CompletedTask;
        });

        inner.Singles.Should().Equal("1080p");
        inner.Runs.Should().ContainSingle().Which.Should().BeEquivalentTo(["720p", "480p"]);
        made.Select(static one => (one.Name, one.Outcome)).Should().Equal(("720p", CacheOutcome.Miss), ("480p", CacheOutcome.Miss));
        told.Should().BeEquivalentTo("720pindex.m3u8", "480pindex.m3u8");

        Task<DownloadedVideo> FetchAsync(CancellationToken token) => job.Downloader.DownloadAsync(job.Request(), null, token);
    }

    [Fact]
    public async Task Plan_without_anything_missing_fetches_nothing()
    {
        await using var cache = new TestCache();
        var job = await EncodedJobAsync(cache);
        await using var plan = await cache.Manager.PlanAsync(job.Request(), [Large, Small], job.Encoder);

        (await plan.EncodeMissingAsync(static profile => profile.Name, static _ => throw new InvalidOperationException("must not be fetched"))).Should().BeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Encoder_that_makes_one_at_a_time_or_leaves_one_out_gives_a_plan_all_the_same(bool isLadder)
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        var inner = new FakeLadderEncoder { Bad = "480p" };
        await using var plan = await cache.Manager.PlanAsync(job.Request(), [Large, Small], isLadder ? inner : job.Encoder);
        var told = 0;

        var made = await plan.EncodeMissingAsync(profile => cache.WorkPath(profile.Name), token => job.Downloader.DownloadAsync(job.Request(), null, token), (_, _) => Task.FromResult(++told));

        made.Select(static one => one.Name).Should().Equal("1080p", "480p");
        told.Should().Be(2);
        (job.InnerEncoder.Calls, inner.Singles.Count).Should().Be(isLadder ? (0, 1) : (2, 0));
    }

    [Fact]
    public async Task Plan_holds_what_it_promises_over_a_clear()
    {
        await using var cache = new TestCache();
        var job = await EncodedJobAsync(cache);
        await using (var plan = await cache.Manager.PlanAsync(job.Request(), [Large], job.Encoder))
        {
            await cache.Manager.ClearAsync();

            var encoded = await plan.EncodeAsync(Large, cache.WorkPath("plan"), static _ => throw new InvalidOperationException("must not be fetched"));

            encoded.Outcome.Should().Be(CacheOutcome.Hit);
            TestJob.Tree(encoded.Directory).Should().HaveCount(5);
        }

        cache.Entries("profiles").Should().BeEmpty("the plan's lease was the last one");
    }

    [Fact]
    public async Task Cached_profile_that_turns_out_damaged_is_encoded_after_all()
    {
        await using var cache = new TestCache();
        var job = await EncodedJobAsync(cache);
        await using var plan = await cache.Manager.PlanAsync(job.Request(), [Large, Small], job.Encoder);
        foreach (var entry in cache.Entries("profiles"))
        {
            File.Delete(Path.Combine(entry, "files", "seg_00002.ts"));
        }

        var encoded = await plan.EncodeAsync(Large, cache.WorkPath("plan"), token => job.Downloader.DownloadAsync(job.Request(), null, token));

        plan.Cached.Should().HaveCount(2);
        encoded.Outcome.Should().Be(CacheOutcome.Miss);
        TestJob.Tree(encoded.Directory).Should().HaveCount(5);
    }

    [Fact]
    public async Task Recipe_of_one_content_is_not_used_for_another_that_the_origin_serves_by_now()
    {
        await using var cache = new TestCache();
        var job = await EncodedJobAsync(cache);
        await using var plan = await cache.Manager.PlanAsync(job.Request(), [new EncodingProfile("240p")], job.Encoder);
        var described = job.InnerEncoder.Descriptions;
        var other = await TestJob.SourceAsync(cache, "other.mp4", seed: 2);

        await plan.EncodeAsync(new EncodingProfile("240p"), cache.WorkPath("plan"), _ => Task.FromResult(other));
        await cache.Manager.FlushAsync();

        job.InnerEncoder.Descriptions.Should().Be(described + 1);
        var name = Bytes.Sha256OfFile(other.Path)[..32];
        cache.Entries("profiles").Should().Contain(entry => Path.GetFileName(entry).StartsWith(name));
    }

    [Fact]
    public async Task Hit_of_a_plan_protects_the_profile_for_its_job()
    {
        await using var cache = new TestCache();
        var job = await EncodedJobAsync(cache);
        await using (var plan = await cache.Manager.PlanAsync(job.Request() with { JobId = "another-job" }, [Large], job.Encoder))
        {
            await plan.EncodeAsync(Large, cache.WorkPath("plan"), static _ => throw new InvalidOperationException("must not be fetched"));
        }

        await cache.Manager.FlushAsync();
        var jobs = await cache.Manager.Jobs.ListAsync(CancellationToken.None).ToListAsync();
        jobs.Should().Contain(static state => state.JobId == "another-job");
    }

    [Fact]
    public async Task Two_profiles_of_one_name_are_refused_by_that_name_before_anything_is_done()
    {
        await using var cache = new TestCache();
        var job = await EncodedJobAsync(cache);
        var described = job.InnerEncoder.Descriptions;

        var plan = () => cache.Manager.PlanAsync(job.Request(), [Large, Small, Large with { VideoBitrate = "1k" }], job.Encoder);

        (await plan.Should().ThrowAsync<ArgumentException>().WithParameterName("profiles")).WithMessage("*called '1080p'*");
        job.InnerEncoder.Descriptions.Should().Be(described);
    }

    [Fact]
    public async Task Plan_for_a_profile_that_it_was_not_made_for_says_so()
    {
        await using var cache = new TestCache();
        var job = await EncodedJobAsync(cache);
        await using var plan = await cache.Manager.PlanAsync(job.Request(), [Large], job.Encoder);

        await plan.Awaiting(it => it.EncodeAsync(Small, cache.WorkPath("x"), static _ => throw new InvalidOperationException()))
            .Should().ThrowAsync<ArgumentException>().WithMessage("*480p*");
    }

    [Fact]
    public async Task Plan_holds_its_source_until_it_is_fetched_and_not_beside_the_hit()
    {
        await using var cache = new TestCache();
        var job = await EncodedJobAsync(cache);
        var profile = new EncodingProfile("240p");
        await using var plan = await cache.Manager.PlanAsync(job.Request(), [profile], job.Encoder);
        var held = IsSole();
        bool? heldBesideTheHit = null;

        await plan.EncodeAsync(profile, cache.WorkPath("plan"), token =>
        {
            heldBesideTheHit = !IsSole();
            return job.Downloader.DownloadAsync(job.Request(), null, token);
        });

        plan.IsSourceCached.Should().BeTrue();
        held.Should().BeFalse("until then it must not go");
        heldBesideTheHit.Should().BeFalse("the hit would be a copy instead of a link");

        bool IsSole()
        {
            using var lease = cache.Manager.SourceStore.Layer.Entries.TryLease(
                ContentName.Of(Bytes.Sha256(Bytes.Random(20_000))), OperationPulse.Unwatched(CancellationToken.None), out _);
            return lease!.IsSole;
        }
    }

    private static async Task<TestJob> EncodedJobAsync(TestCache cache)
    {
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video, Large);
        await job.EncodeAsync(video, Small);
        return job;
    }
}
