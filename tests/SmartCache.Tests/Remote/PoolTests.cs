using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>What one host has made, another one does not make again; whatever the store does, jobs are right.</summary>
public class PoolTests
{
    [Fact]
    public async Task Second_host_downloads_nothing_and_encodes_nothing_and_gets_the_same_bytes()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store);
        await using var second = new Host(store);
        var made = await first.WorkAsync();

        var given = await second.WorkAsync();

        (second.Downloads, second.Encodes).Should().Be((0, 0));
        (await File.ReadAllBytesAsync(given.Video.Path)).Should().Equal(Host.Video);
        TestJob.Tree(given.Profile.Directory).Should().BeEquivalentTo(TestJob.Tree(made.Profile.Directory));
        (given.Video.Outcome, given.Profile.Outcome).Should().Be((CacheOutcome.Hit, CacheOutcome.Hit));
        given.Profile.Properties.Should().BeEquivalentTo(made.Profile.Properties);
        second.Cache.Log.Of(100).Should().HaveCount(2).And.OnlyContain(static line => line.Contains("from remote") && line.Contains("by Remote"));
        var statistics = await second.Cache.Manager.GetStatisticsAsync();
        (statistics.Remote.SourceHits, statistics.Remote.ProfileHits, statistics.Remote.OwedEntries).Should().Be((1, 1, 0));
    }

    [Fact]
    public async Task Hit_in_the_local_cache_makes_the_same_calls_whether_there_is_a_store_or_none()
    {
        var without = await CallsOfAHitAsync(null, static remote => remote with { Mode = RemoteMode.Off });

        without["stat"].Should().BePositive();
        (await CallsOfAHitAsync(new MemoryObjectStore(), static remote => remote)).Should().BeEquivalentTo(without);
        var down = new MemoryObjectStore { Throws = static () => new ObjectStoreException(ObjectStoreFault.Unavailable, "down") };
        (await CallsOfAHitAsync(down, static remote => remote)).Should().BeEquivalentTo(without, "of what is owed nothing is looked at by a job");
    }

    [Fact]
    public async Task What_was_fetched_is_in_the_local_cache_and_is_not_sent_back()
    {
        var store = new MemoryObjectStore();
        await MakeAsync(store);
        await using var second = new Host(store);
        await second.WorkAsync();
        var before = store.Requests.Count;

        await second.WorkAsync();

        store.Requests.Skip(before).Should().BeEmpty("a hit in the local cache asks nobody");
        second.Cache.Entries("sources").Should().ContainSingle();
        second.Cache.Entries("profiles").Should().ContainSingle();
        second.Cache.Log.Of(100).TakeLast(2).Should().OnlyContain(static line => !line.Contains("remote"));
    }

    [Fact]
    public async Task Retry_on_another_host_asks_for_key_source_and_profile_and_writes_nothing()
    {
        var store = new MemoryObjectStore();
        await MakeAsync(store);
        await using var second = new Host(store);
        var before = store.Requests.Count;

        await second.WorkAsync();

        store.Requests.Skip(before).Select(static one => one.Split(' ')[0]).Should().Equal("get", "get", "get");
    }

    [Fact]
    public async Task Source_goes_out_only_when_an_encode_has_proven_it()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store);
        var video = await host.Job.DownloadAsync();
        store.Names.Should().NotContain(static name => name.Contains("/sources/"));

        await host.Job.EncodeAsync(video);
        await host.Cache.Manager.FlushAsync();

        store.Names.Count(static name => name.Contains("/v1/sources/")).Should().Be(1);
        store.Names.Count(static name => name.Contains("/v1/keys/")).Should().Be(1);
        store.Names.Count(static name => name.Contains("/v1/profiles/")).Should().Be(1);
    }

    [Fact]
    public async Task Source_goes_out_at_once_where_all_are_shared()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store, static remote => remote with { Sources = RemoteSources.All });
        await using var second = new Host(store);
        await first.Job.DownloadAsync();
        await first.Cache.Manager.FlushAsync();

        await second.Job.DownloadAsync();

        second.Downloads.Should().Be(0);
    }

    [Fact]
    public async Task Plan_of_a_video_that_this_host_never_saw_promises_what_it_fetched()
    {
        var store = new MemoryObjectStore();
        await MakeAsync(store);
        await using var second = new Host(store);
        var before = store.Requests.Count;

        await using var plan = await second.Cache.Manager.PlanAsync(second.Job.Request(), [TestJob.Profile], second.Job.InnerEncoder);

        plan.Missing.Should().BeEmpty();
        store.Requests.Skip(before).Should().OnlyContain(static one => one.Contains("/keys/") || one.Contains("/profiles/"), "no source moves");
        second.Cache.Entries("sources").Should().BeEmpty();
    }

    [Theory]
    [InlineData(CacheUse.Refresh)]
    [InlineData(CacheUse.Bypass)]
    public async Task Request_that_reads_nothing_asks_nobody(CacheUse use)
    {
        var store = new MemoryObjectStore();
        await MakeAsync(store);
        await using var second = new Host(store);
        var before = store.Requests.Count;

        await second.Job.DownloadAsync(use);

        second.Downloads.Should().Be(1);
        store.Requests.Skip(before).Should().NotContain(static one => one.StartsWith("get "));
    }

    [Fact]
    public async Task Off_no_store_is_made_and_nothing_of_it_is_on_the_disk()
    {
        var made = false;
        await using var cache = new TestCache(with: services => services with { Store = () => { made = true; return new MemoryObjectStore(); } });
        var job = new TestJob(cache, new FakeDownloader(Host.Video));
        await job.EncodeAsync(await job.DownloadAsync());

        made.Should().BeFalse();
        Directory.Exists(Path.Combine(cache.Settings.Root, "remote")).Should().BeFalse();
    }

    [Fact]
    public async Task Mode_without_a_store_is_said_once_and_jobs_run()
    {
        await using var host = new Host(null);
        await host.WorkAsync();
        await host.WorkAsync();

        host.Cache.Log.Of(1008).Should().ContainSingle();
        (host.Downloads, host.Encodes).Should().Be((1, 1));
    }

    [Fact]
    public async Task Read_only_sends_nothing_and_writes_the_local_cache()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store, static remote => remote with { Mode = RemoteMode.ReadOnly });
        await host.WorkAsync();

        store.Requests.Should().OnlyContain(static one => one.StartsWith("get "));
        host.Cache.Entries("profiles").Should().ContainSingle();
        host.Outbox().Should().BeEmpty();
    }

    [Fact]
    public async Task Observing_counts_and_moves_nothing()
    {
        var store = new MemoryObjectStore();
        await MakeAsync(store);
        await using var second = new Host(store, static remote => remote with { Mode = RemoteMode.Observe });
        var before = store.Requests.Count;

        await second.WorkAsync();

        (second.Downloads, second.Encodes).Should().Be((1, 1));
        store.Requests.Skip(before).Should().OnlyContain(static one => one.StartsWith("stat ") || one.Contains("/keys/"));
        second.Cache.Log.Of(100).Should().Contain(static line => line.Contains("remote: would have hit"));
    }

    [Fact]
    public async Task What_is_not_there_is_asked_once_in_a_while()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store, static remote => remote with { Mode = RemoteMode.ReadOnly }, static settings => settings with { MaxSourceAge = TimeSpan.Zero });
        for (var i = 0; i < 10; i++)
        {
            await host.Job.DownloadAsync();
        }

        host.Downloads.Should().Be(10);
        store.Requests.Should().ContainSingle();
    }

    [Fact]
    public async Task Source_that_is_too_old_is_downloaded_again()
    {
        var store = new MemoryObjectStore();
        var time = new DrivenTime();
        await using var first = new Host(store, time: time);
        await using var second = new Host(store, time: time, configure: static settings => settings with { MaxSourceAge = TimeSpan.FromMinutes(10) });
        await first.WorkAsync();
        time.Jump(TimeSpan.FromMinutes(11));

        await second.Job.DownloadAsync();

        second.Downloads.Should().Be(1);
    }

    [Fact]
    public async Task Encode_that_fails_here_leaves_the_others_their_source_and_is_followed_by_a_download()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store);
        await first.WorkAsync();
        var broken = new FakeEncoder { Version = "another", Before = static (_, _) => throw new InvalidOperationException("broken here") };
        await using var second = new Host(store, encoder: broken);
        var video = await second.Job.DownloadAsync();
        await FluentActions.Awaiting(() => second.Job.EncodeAsync(video)).Should().ThrowAsync<InvalidOperationException>();
        await second.Cache.Manager.FlushAsync();

        await second.Job.DownloadAsync();

        second.Downloads.Should().Be(1, "a retry gets what it would have got without the others");
        store.Names.Should().Contain(static name => name.Contains("/v1/sources/"));
    }

    [Fact]
    public async Task Rejected_source_is_deleted_in_the_store_with_its_key_and_profiles()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store);
        var (video, _) = await host.WorkAsync();

        await host.Cache.Manager.RejectSourceAsync(video, "wrong video");
        await host.Cache.Manager.FlushAsync();

        store.Names.Where(static name => !name.Contains("/work/")).Should().BeEmpty();
        host.Outbox().Should().BeEmpty();
    }

    [Fact]
    public async Task Removal_while_the_store_is_down_is_done_when_it_is_back()
    {
        var store = new MemoryObjectStore();
        var time = new DrivenTime();
        await using var host = new Host(store, Patient.Remote, time: time);
        var (video, _) = await host.WorkAsync();
        store.Throws = static () => new ObjectStoreException(ObjectStoreFault.Unavailable, "down");
        await host.Cache.Manager.RemoveBySourceAsync(video.Media?.ContentHash ?? Bytes.Sha256(Host.Video));
        await host.Cache.Manager.FlushAsync();
        host.Outbox().Should().ContainSingle();

        store.Throws = null;
        await Until.TrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromMinutes(2));
                return !store.Names.Any(static name => name.Contains("/sources/") || name.Contains("/profiles/"));
            });
    }

    [Fact]
    public async Task Use_renews_an_object_that_is_old_and_only_that()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store);
        await first.WorkAsync();
        var source = store.Names.Single(static name => name.Contains("/v1/sources/"));
        store.Age(source, TimeSpan.FromDays(8));
        await using var second = new Host(store);

        await second.WorkAsync();

        store.Requests.Where(static one => one.StartsWith("touch ")).Should().Equal("touch " + source);
    }

    [Fact]
    public async Task Removed_profile_layer_of_the_tier_leaves_sources_shared()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store, static remote => remote with { Profiles = false });
        await using var second = new Host(store, static remote => remote with { Profiles = false });
        await first.WorkAsync();

        await second.WorkAsync();

        (second.Downloads, second.Encodes).Should().Be((0, 1));
        store.Names.Should().NotContain(static name => name.Contains("/profiles/"));
    }

    /// <summary>The fewest of several hits: a file whose time has not settled is read once more, and that a store rests is written down in the background.</summary>
    /// <summary>Another host has made it, and is gone: its lease is given back in the background.</summary>
    private static async Task MakeAsync(MemoryObjectStore store)
    {
        await using var host = new Host(store);
        await host.WorkAsync();
    }

    private static async Task<IReadOnlyDictionary<string, int>> CallsOfAHitAsync(IObjectStore? store, Func<RemoteSettings, RemoteSettings> remote)
    {
        // By a clock that stands: whoever asks a store again that is down does so now and then, and not for a hit.
        var disk = new CountedCalls();
        await using var host = new Host(store, remote, time: new DrivenTime(), disk: disk);
        await host.WorkAsync();
        await host.WorkAsync();
        var hits = new List<Dictionary<string, int>>();
        for (var hit = 0; hit < 5; hit++)
        {
            disk.Clear();

            // Not flushed: that would send what is owed.
            var video = await host.Job.Downloader.DownloadAsync(host.Job.Request());
            var profile = await host.Job.Encoder.EncodeAsync(new EncodeRequest(video, TestJob.Profile, host.Cache.WorkPath($"hit-{hit}")) { JobId = "job-1" });

            (video.Outcome, profile.Outcome, host.Downloads, host.Encodes).Should().Be((CacheOutcome.Hit, CacheOutcome.Hit, 1, 1));
            while (host.Cache.Manager.Saves.Count > 0)
            {
                await Task.Yield();
            }

            // As they are now: the end of the cache looks at what is owed.
            hits.Add(new Dictionary<string, int>(disk.Calls));
        }

        return hits.SelectMany(static calls => calls.Keys).Distinct().ToDictionary(static call => call, call => hits.Min(calls => calls.GetValueOrDefault(call)));
    }
}
