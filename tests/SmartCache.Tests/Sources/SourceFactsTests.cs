using SmartCache.Abstractions;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Sources;

/// <summary>Recipes are made of a source's facts: wrong or missing ones make wrong encodes.</summary>
public class SourceFactsTests
{
    [Fact]
    public async Task Hit_whose_facts_were_lost_asks_the_probe_again_and_remembers()
    {
        var probe = new FakeProbe();
        await using var cache = new TestCache(probe: probe);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)), new FakeEncoder { ExpectedDuration = null });
        await job.DownloadAsync();
        File.Delete(Directory.GetFiles(Path.Combine(cache.Settings.Root, "sources", "facts")).Single());

        var hit = await job.DownloadAsync();
        var again = await job.DownloadAsync();
        await job.EncodeAsync(again);

        (hit.Outcome, again.Outcome).Should().Be((CacheOutcome.Hit, CacheOutcome.Hit));
        hit.Media!.Duration.Should().Be(TimeSpan.FromSeconds(8));
        again.Media!.Duration.Should().Be(TimeSpan.FromSeconds(8));
        probe.Calls.Should().Be(2, "once for the download and once for what was lost");
        cache.Entries("profiles").Should().ContainSingle();
    }

    [Theory, Trait("Found", "M40b")]
    [InlineData(8)]
    [InlineData(null)]
    public async Task Probe_that_is_registered_later_is_asked_once_about_what_was_recorded_without_one(int? seconds)
    {
        await using var before = new TestCache();
        await new TestJob(before, new FakeDownloader(Bytes.Random(50_000))).DownloadAsync();
        var probe = new FakeProbe { Duration = seconds is { } known ? TimeSpan.FromSeconds(known) : null };
        await using var cache = new TestCache(probe: probe, root: before.Root);
        var job = new TestJob(cache, new FakeDownloader([]));

        var hit = await job.DownloadAsync();
        await using (var lease = await cache.Manager.Sources.TryGetAsync(SourceKey.From(job.Request())))
        {
            lease!.Media.Facts.Should().BeEquivalentTo(hit.Media!.Facts);
        }

        hit.Outcome.Should().Be(CacheOutcome.Hit);
        hit.Media!.Duration.Should().Be(probe.Duration);
        probe.Calls.Should().Be(1, "one that has nothing to say is not asked for ever");
    }

    [Fact]
    public async Task Media_that_a_probe_registered_later_has_yet_to_look_at_is_not_known_to_a_plan()
    {
        await using var before = new TestCache();
        await new TestJob(before, new FakeDownloader(Bytes.Random(50_000))).DownloadAsync();
        await using var cache = new TestCache(probe: new FakeProbe(), root: before.Root);
        var job = new TestJob(cache, new FakeDownloader([]));

        await using var plan = await cache.Manager.PlanAsync(job.Request(), [TestJob.Profile], job.Encoder);
        var early = await cache.Manager.TryGetMediaAsync(job.Request());
        await job.DownloadAsync();

        (plan.Media, early).Should().Be((null, null), "its recipe would be another one than that of the encode");
        (await cache.Manager.TryGetMediaAsync(job.Request()))!.Duration.Should().Be(TimeSpan.FromSeconds(8));
    }

    /// <summary>Between the look at a torn record and its removal another process may have renamed a good one into place.</summary>
    [Theory, Trait("Found", "M3e")]
    [InlineData("keys")]
    [InlineData("facts")]
    public async Task Torn_record_stays_until_somebody_writes_it_anew(string directory)
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        await job.DownloadAsync();
        var hash = Bytes.Sha256(Bytes.Random(50_000));
        var record = Directory.GetFiles(Path.Combine(cache.Settings.Root, "sources", directory)).Single();
        var whole = File.ReadAllText(record);
        File.WriteAllText(record, whole[..^10]);

        cache.Manager.SourceStore.Catalog.Find(SourceKey.From(job.Request()), out _);
        cache.Manager.SourceStore.Catalog.Facts(hash);

        File.Exists(record).Should().BeTrue("nobody held its lock");
        await job.DownloadAsync();
        File.ReadAllText(record).Should().EndWith("}");
    }

    [Fact, Trait("Found", "M3b")]
    public async Task Two_workers_that_learn_of_one_content_at_once_lose_nothing()
    {
        await using var cache = new TestCache();
        await using var other = new TestCache(root: cache.Root);
        await cache.Manager.CleanupAsync();
        var hash = Bytes.Sha256(Bytes.Random(10));

        await Task.WhenAll(LearnAsync(cache, "a"), LearnAsync(other, "b"));

        cache.Manager.SourceStore.Catalog.Facts(hash)!.Recipes.Should().HaveCount(60);
        Directory.GetFiles(cache.Layer().Directory.Locks, "facts-*").Should().BeEmpty();

        Task LearnAsync(TestCache one, string name) => Task.Run(() =>
        {
            one.Layer().Directory.EnsureOpen();
            for (var i = 0; i < 30; i++)
            {
                var recipe = $"{name}{i}";
                one.Manager.SourceStore.Catalog.Learn(hash, 10, known => known with { Recipes = [.. known.Recipes, recipe] });
            }
        });
    }

    [Fact]
    public async Task Lease_on_a_source_whose_facts_were_lost_has_them_again()
    {
        await using var cache = new TestCache(probe: new FakeProbe());
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        await job.DownloadAsync();
        File.Delete(Directory.GetFiles(Path.Combine(cache.Settings.Root, "sources", "facts")).Single());

        await using var lease = await cache.Manager.Sources.TryGetAsync(SourceKey.From(job.Request()));

        lease!.Media.Duration.Should().Be(TimeSpan.FromSeconds(8));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Probe_that_came_to_read_another_video_in_the_same_place_says_nothing_about_the_first(bool observes)
    {
        var work = "";
        var probe = new FakeProbe
        {
            // The first attempt is over, and the next one's video lies where the first one's was.
            Before = _ =>
            {
                File.Delete(work);
                File.WriteAllBytes(work, Bytes.Random(60_000, 2));
            },
        };
        await using var cache = new TestCache(settings => settings with { SourcesMode = observes ? LayerMode.Observe : LayerMode.Off }, probe);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        var request = job.Request();
        work = request.DestinationPath;

        var video = await job.DownloadAsync(request);
        var media = await cache.Manager.Media.ResolveAsync(video, null, CancellationToken.None);

        media.Media.Should().BeNull();
        media.Why.Code.Should().Be(CacheReason.ChangedByWorker);
        probe.Calls.Should().BePositive();
        var facts = Path.Combine(cache.Settings.Root, "sources", "facts");
        (Directory.Exists(facts) ? Directory.GetFiles(facts) : []).Should().BeEmpty();
    }
}
