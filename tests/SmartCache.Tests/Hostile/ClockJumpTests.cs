using SmartCache.Maintenance;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Hostile;

/// <summary>
/// Somebody sets the clock years forward or back, and right again. It costs what the clock said in between and no more: nothing throws, nothing is
/// emptied without a reason, nothing stays for the years until its time comes. (What <c>MaxSourceAge</c> does then: <see cref="Sources.SourceIdentityTests"/>.)
/// </summary>
public class ClockJumpTests
{
    private static readonly TimeSpan Years = TimeSpan.FromDays(3650);

    public static TheoryData<int> BothWays => [1, -1];

    /// <summary>The last use of each entry lies near the present, whatever the clock says.</summary>
    [Fact]
    public async Task Clock_that_is_years_back_for_a_while_empties_nothing()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(time: time);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video);
        await cache.Manager.CompleteJobAsync("job-1");

        time.Jump(-Years);
        (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().Be(0);
        time.Advance(TimeSpan.FromMinutes(5));
        (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().Be(0);
        time.Jump(Years);
        (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().Be(0);

        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit);
        (await job.EncodeAsync(video)).Outcome.Should().Be(CacheOutcome.Hit);
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Clock_that_is_years_ahead_takes_what_it_says_is_old_and_nothing_that_comes_after()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(time: time);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        await job.EncodeAsync(await job.DownloadAsync());
        await cache.Manager.CompleteJobAsync("job-1");

        time.Jump(Years);
        (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().Be(2);
        time.Jump(-Years);
        await job.EncodeAsync(await job.DownloadAsync());
        await cache.Manager.CleanupAsync();

        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Entry_that_was_stored_while_the_clock_was_years_ahead_stayed_for_years()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(time: time);
        cache.Put(Entries.Name, Bytes.Random(5_000));
        cache.SetLastAccess(Entries.Name, -Years);
        await cache.Manager.CleanupAsync();

        time.Advance(cache.Settings.MaxAge - TimeSpan.FromHours(1));
        (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().Be(0, "it counts as used when it was first seen");
        time.Advance(TimeSpan.FromHours(2));

        (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().Be(1);
    }

    [Fact]
    public async Task Keys_facts_and_partials_from_years_ahead_stayed_for_years()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(time: time);
        await new TestJob(cache, new FakeDownloader(Bytes.Random(20_000))).DownloadAsync();
        var partials = Directory.CreateDirectory(cache.Manager.SourceStore.Catalog.PartialsDirectory).FullName;
        await File.WriteAllTextAsync(Path.Combine(partials, Entries.Name), "half");
        foreach (var directory in new[] { cache.Manager.SourceStore.Catalog.KeysDirectory, cache.Manager.SourceStore.Catalog.FactsDirectory, partials })
        {
            File.SetLastWriteTimeUtc(Directory.GetFiles(directory).Single(), DateTime.UtcNow + Years);
        }

        await cache.Manager.CleanupAsync();
        time.Advance(cache.Settings.UploadStateMaxAge + TimeSpan.FromHours(1));
        await cache.Manager.CleanupAsync();

        Directory.GetFiles(cache.Manager.SourceStore.Catalog.KeysDirectory).Should().BeEmpty();
        Directory.GetFiles(cache.Manager.SourceStore.Catalog.FactsDirectory).Should().BeEmpty();
        Directory.GetFiles(partials).Should().BeEmpty();
    }

    /// <summary>A state whose own file is years ahead as well: both were written under the wrong clock.</summary>
    [Fact]
    public async Task Job_from_years_ahead_kept_its_entries_for_years()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(time: time);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        time.Jump(Years);
        await job.DownloadAsync();
        time.Jump(-Years);
        File.SetLastWriteTimeUtc(Directory.GetFiles(cache.Settings.UploadsDirectory, "*.json").Single(), DateTime.UtcNow + Years);

        (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().Be(0);
        time.Advance(cache.Settings.UploadStateMaxAge + TimeSpan.FromHours(1));
        var report = await cache.Manager.CleanupAsync();

        (report.ExpiredEntries + (await cache.Manager.CleanupAsync()).ExpiredEntries).Should().Be(1);
        (await cache.Manager.Uploads.LoadAsync("job-1")).Should().BeNull();
    }

    [Fact]
    public async Task Retry_expected_at_the_end_of_time_ended_every_clean_up()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        await job.DownloadAsync();
        await cache.Manager.ExpectRetryAsync("job-1", DateTimeOffset.MaxValue);
        cache.Settings = cache.Settings with { MaxSize = 1_000 };

        (await cache.Manager.CleanupAsync()).EvictedEntries.Should().Be(1, "the limit is above any protection");
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Protection_of_an_unfinished_job_lasts_its_period_after_the_clock_is_right_again(int direction)
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(settings => settings with { MaxAge = Years, MaxSourceAge = TimeSpan.FromDays(30) }, time: time);
        var job = new TestJob(cache, new FakeDownloader(request => Bytes.Random(400_000, request.Source.Length)));
        time.Jump(direction * Years);
        await job.DownloadAsync();
        time.Jump(-direction * Years);
        var protectedOnce = cache.Names().Single();

        // Of no job, and used later: only the protection of the first could make it go before.
        var other = new DownloadRequest("http://example.test/another", cache.WorkPath("other"));
        await job.DownloadAsync(other);
        time.Advance(TimeSpan.FromDays(8));
        await job.DownloadAsync(other);
        cache.Settings = cache.Settings with { MaxSize = 700_000 };
        await cache.Manager.CleanupAsync();

        cache.Names().Should().ContainSingle(cache.Log.ToString()).Which.Should().NotBe(protectedOnce, "a job without a sign of life for longer than its period holds nothing");
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Confirmations_cost_one_sending_and_are_relied_on_again(int direction)
    {
        var target = new UploadTarget("node", "v1");
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("a.ts", "one"), ("b.ts", "two"));
        await layer.RecordAllAsync("job", tree, target);

        layer.Time.Shift = direction * Years;
        (await OfferedAsync()).Should().Be(0, "no clock says that they are fresh");
        await layer.RecordAllAsync("job", tree, target);
        (await OfferedAsync()).Should().Be(2);
        layer.Time.Shift = TimeSpan.Zero;
        (await OfferedAsync()).Should().Be(0);
        await layer.RecordAllAsync("job", tree, target);

        (await OfferedAsync()).Should().Be(2);
        (await layer.Store.LoadAsync("job"))!.Attempts.Should().BeGreaterThan(1);

        async Task<int> OfferedAsync()
        {
            await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree) { Target = target });
            return session.Files.Count(file => session.For(target).TryGetCid(file, out _));
        }
    }

    [Fact]
    public async Task Clean_up_while_the_clock_is_years_back_takes_no_confirmation_and_no_state()
    {
        var target = new UploadTarget("node", "v1");
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("a.ts", "one"), ("b.ts", "two"));
        await layer.RecordAllAsync("job", tree, target);

        layer.Time.Shift = -Years;
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());
        layer.Time.Shift = TimeSpan.Zero;
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());

        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree) { Target = target });
        session.Files.Count(file => session.For(target).TryGetCid(file, out _)).Should().Be(2);
        (await layer.Store.LoadAsync("job"))!.Attempts.Should().Be(2);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Verification_goes_on_at_its_interval_after_a_jump(int direction)
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(time: time);
        cache.Put(Entries.Name, Bytes.Random(5_000));
        var verifier = new BackgroundVerifier(cache.Layer(), time, cache.Log, static _ => new VerificationPace(long.MaxValue, TimeSpan.FromSeconds(1), TimeProvider.System));
        await verifier.RunAsync(CancellationToken.None);

        time.Jump(direction * Years);
        (await verifier.RunAsync(CancellationToken.None)).Should().BeTrue("the clock says so");
        (await verifier.RunAsync(CancellationToken.None)).Should().BeFalse();
        time.Jump(-direction * Years);
        await verifier.RunAsync(CancellationToken.None);
        (await verifier.RunAsync(CancellationToken.None)).Should().BeFalse("at most one round for a jump");
        time.Advance(cache.Settings.VerifyInterval + TimeSpan.FromMinutes(1));

        (await verifier.RunAsync(CancellationToken.None)).Should().BeTrue();
    }
}
