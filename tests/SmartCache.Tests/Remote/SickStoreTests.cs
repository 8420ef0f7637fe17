using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>A store that is down, slow, hung, full or lying is noticed by no job.</summary>
public class SickStoreTests
{
    private static readonly ObjectStoreFault[] _faults = [.. Enum.GetValues<ObjectStoreFault>().Where(static fault => fault != ObjectStoreFault.ServerError)];

    public static TheoryData<int> Faults => new(Enumerable.Range(0, _faults.Length));

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Failing_store_costs_one_request_and_then_rests(int fault)
    {
        var store = new MemoryObjectStore { Throws = () => new ObjectStoreException(_faults[fault], "sick") };
        var time = new DrivenTime();
        await using var host = new Host(store, time: time);

        await host.WorkAsync();
        await host.WorkAsync();

        (host.Downloads, host.Encodes).Should().Be((1, 1));
        store.Count("get").Should().Be(1, "nobody asks again before a probe was answered");
        store.Count("put").Should().Be(0, "what does not answer reads takes nothing either");
        host.Cache.Log.Of(1001).Should().ContainSingle("one line says that the store is left alone");
        host.Cache.Log.Of(100).Should().Contain(static line => line.Contains("remote: failed")).And.Contain(static line => line.Contains("remote: resting"));
    }

    [Fact]
    public async Task Read_that_is_answered_at_once_with_an_error_is_asked_twice_more()
    {
        var store = new MemoryObjectStore { Throws = static () => new ObjectStoreException(ObjectStoreFault.ServerError, "500") };
        await using var host = new Host(store, ReadOnly);

        await host.WorkAsync();

        (host.Downloads, host.Encodes).Should().Be((1, 1));
        store.Requests.Count(static request => request.StartsWith("get ") && !request.EndsWith("/probe")).Should().Be(3);
        host.Cache.Log.Of(1001).Should().ContainSingle();
    }

    [Fact]
    public async Task Exception_of_another_kind_counts_as_a_failure_too()
    {
        var store = new MemoryObjectStore { Throws = static () => new InvalidOperationException("a bug in the adaptor") };
        await using var host = new Host(store, time: new DrivenTime());

        await host.WorkAsync();

        (host.Downloads, host.Encodes).Should().Be((1, 1));
    }

    [Fact]
    public async Task Hung_store_is_waited_for_once_for_LookupTimeout_and_other_processes_know()
    {
        var hang = new TaskCompletionSource();
        var store = new MemoryObjectStore { Hangs = hang };
        var time = new DrivenTime();
        await using var host = new Host(store, ReadOnly, time: time);

        var work = host.Job.DownloadAsync();
        await Until.TrueAsync(() => store.Count("get") > 0);
        time.Advance(TimeSpan.FromSeconds(2));
        await work.Guarded();
        await Until.TrueAsync(() => File.Exists(Path.Combine(host.Cache.Settings.Root, "remote", "breaker-reads")));

        // Another process of the host: it asks nobody.
        var asked = store.Requests.Count;
        await using var other = new Host(store, ReadOnly, time: time, root: host.Cache.Root);
        await other.WorkAsync().Guarded();

        store.Requests.Count.Should().Be(asked);
        hang.SetResult();
    }

    [Fact]
    public async Task Store_that_is_well_again_is_asked_again_by_nobody_who_waits()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store);
        await first.WorkAsync();
        var time = new DrivenTime();
        await using var second = new Host(store, Patient.Remote, time: time, configure: static settings => settings with { MaxSourceAge = TimeSpan.FromHours(1) });
        store.Throws = static () => new ObjectStoreException(ObjectStoreFault.Unavailable, "down");
        await second.Job.DownloadAsync();
        store.Throws = null;

        await Until.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return second.Cache.Log.Of(1002).Any();
        });

        store.Requests.Should().Contain(static one => one.EndsWith("/v1/probe"));
        File.Exists(Path.Combine(second.Cache.Settings.Root, "remote", "breaker-reads")).Should().BeFalse();
        await second.Job.EncodeAsync(await second.Job.DownloadAsync());
        second.Encodes.Should().Be(0);
    }

    [Fact]
    public async Task Refusal_of_the_credentials_is_said_once_an_hour()
    {
        var store = new MemoryObjectStore { Throws = static () => new ObjectStoreException(ObjectStoreFault.Denied, "403") };
        await using var host = new Host(store, time: new DrivenTime());

        await host.WorkAsync();
        await host.WorkAsync();

        host.Cache.Log.Of(1004).Should().ContainSingle().Which.Should().Contain("403");
    }

    [Fact]
    public async Task Cut_transfer_leaves_nothing_and_is_not_called_wrong()
    {
        var (store, second) = await PooledAsync();
        await using var closing = second;
        store.Spoils = static (name, body) => name.Contains("/sources/") ? new SpoiledStream(body, cutAt: 30_000) : body;

        var video = await second.Job.DownloadAsync();

        second.Downloads.Should().Be(1);
        (await File.ReadAllBytesAsync(video.Path)).Should().Equal(Host.Video);
        second.Cache.Log.Of(1003).Should().BeEmpty();
        store.Names.Should().Contain(static name => name.Contains("/sources/"));
    }

    [Fact]
    public async Task Wrong_bit_is_a_miss_and_the_object_is_deleted()
    {
        var (store, second) = await PooledAsync();
        await using var closing = second;
        store.Spoils = static (name, body) => name.Contains("/profiles/") ? new SpoiledStream(body, flipAt: body.Length - 100) : body;

        var (_, profile) = await second.WorkAsync();

        (second.Downloads, second.Encodes).Should().Be((0, 1));
        Directory.GetFiles(profile.Directory).Should().HaveCount(5);
        second.Cache.Log.Of(1003).Should().ContainSingle();
        (await second.Cache.Manager.GetStatisticsAsync()).Remote.Wrong.Should().Be(1);
        store.Requests.Should().Contain(static one => one.StartsWith("delete ") && one.Contains("/profiles/"));
    }

    [Fact]
    public async Task Transfer_that_stops_is_given_up_after_StallTimeout()
    {
        var time = new DrivenTime();
        var (store, second) = await PooledAsync(time);
        await using var closing = second;
        var reached = new TaskCompletionSource();
        store.Spoils = (name, body) => name.Contains("/sources/") ? new SpoiledStream(body, hangAt: 20_000, reached: reached) : body;

        var download = second.Job.DownloadAsync();
        await reached.Task.Guarded();
        time.Advance(TimeSpan.FromSeconds(10));
        var video = await download.Guarded();

        second.Downloads.Should().Be(1);
        (await File.ReadAllBytesAsync(video.Path)).Should().Equal(Host.Video);
        second.Cache.Log.Of(100).Should().Contain(static line => line.Contains("remote: timed out"));
    }

    [Fact]
    public async Task Transfer_that_takes_longer_than_the_work_is_given_up()
    {
        var time = new DrivenTime();
        var store = new MemoryObjectStore();
        var big = Bytes.Random(4_000_000);
        await using (var first = new Host(store, static remote => remote with { Sources = RemoteSources.All }, time: time, video: big))
        {
            first.Job.InnerDownloader.Before = _ =>
            {
                time.Advance(TimeSpan.FromSeconds(3));
                return Task.CompletedTask;
            };
            await first.Job.DownloadAsync();
            await first.Cache.Manager.FlushAsync();
        }

        await using var second = new Host(store, time: time, video: big);
        store.Spoils = (name, body) => name.Contains("/sources/") ? new SlowStream(body, time, 100_000, TimeSpan.FromSeconds(1)) : body;

        await second.Job.DownloadAsync();

        second.Downloads.Should().Be(1);
        second.Cache.Log.Of(100).Should().Contain(static line => line.Contains("remote: too slow"));
    }

    [Fact]
    public async Task Full_store_holds_up_no_job_and_what_is_owed_goes_out_when_there_is_room()
    {
        var time = new DrivenTime();
        var store = new MemoryObjectStore { IsFull = true };
        await using var host = new Host(store, static remote => remote with { Coordinate = false }, time: time);
        var video = await host.Job.Downloader.DownloadAsync(host.Job.Request());
        await host.Job.Encoder.EncodeAsync(new EncodeRequest(video, TestJob.Profile, host.Cache.WorkPath("out")) { JobId = "job-1" }).Guarded();
        await Until.TrueAsync(() => host.Outbox().Length == 2);

        await Until.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(11));
            return host.Cache.Log.Of(1001).Any(static line => line.Contains("writes"));
        });
        store.IsFull = false;
        host.Cache.Settings = host.Cache.Settings with { Remote = Patient.Remote(host.Cache.Settings.Remote) };

        await Until.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMinutes(2));
            return host.Outbox().Length == 0;
        });
        store.Names.Should().Contain(static name => name.Contains("/sources/")).And.Contain(static name => name.Contains("/profiles/"));
        host.Cache.Log.Of(1001).Should().NotContain(static line => line.Contains("reads"));
    }

    [Fact]
    public async Task Newer_pack_is_left_alone()
    {
        var (store, second) = await PooledAsync();
        await using var closing = second;
        var name = store.Names.Single(static name => name.Contains("/v1/sources/"));
        store[name] = Packs.Newer();

        await second.Job.DownloadAsync();

        second.Downloads.Should().Be(1);
        store.Names.Should().Contain(name);
        second.Cache.Log.Of(100).Should().Contain(static line => line.Contains("newer version"));
    }

    [Fact]
    public async Task Pack_of_another_source_under_its_name_is_wrong()
    {
        var (store, second) = await PooledAsync();
        await using var closing = second;
        var name = store.Names.Single(static name => name.Contains("/v1/sources/"));
        store[name] = Packs.Of(Packs.Content(("source.mp4", Bytes.Random(10))), Bytes.Random(10));

        await second.Job.DownloadAsync();

        second.Downloads.Should().Be(1);
        second.Cache.Log.Of(1003).Should().ContainSingle();
    }

    [Fact]
    public async Task Object_that_is_not_seen_at_once_is_a_miss()
    {
        var store = new MemoryObjectStore { HiddenGets = 2 };
        await using var first = new Host(store);
        await first.WorkAsync();
        await using var second = new Host(store, static remote => remote with { Coordinate = false });

        await second.WorkAsync();

        (second.Downloads, second.Encodes).Should().Be((1, 1));
    }

    // A flush waits for what is owed, which this store never takes.
    private static RemoteSettings ReadOnly(RemoteSettings remote) => remote with { Mode = RemoteMode.ReadOnly };

    private static async Task<(MemoryObjectStore Store, Host Second)> PooledAsync(TimeProvider? time = null)
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store);
        await first.WorkAsync();
        return (store, new Host(store, time: time));
    }
}
