using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>What is owed to the store survives the process, is bounded, and is neither lost nor kept for ever.</summary>
public class OutboxTests
{
    [Fact]
    public async Task What_a_process_could_not_send_the_next_one_sends()
    {
        var store = new MemoryObjectStore();
        var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        store.Throws = static () => new ObjectStoreException(ObjectStoreFault.Unavailable, "down");
        await using (var first = new Host(store, time: new DrivenTime(), root: root))
        {
            await first.WorkAsync();
            first.Outbox().Should().HaveCount(2);
        }

        store.Throws = null;
        Directory.Delete(Path.Combine(root, "work"), recursive: true);
        File.Delete(Path.Combine(root, "cache", "remote", "breaker-reads"));
        File.Delete(Path.Combine(root, "cache", "remote", "breaker-writes"));
        await using (var second = new Host(store, root: root))
        {
            await second.Cache.Manager.CleanupAsync();
            await second.Cache.Manager.FlushAsync();
            second.Outbox().Should().BeEmpty();
        }

        store.Names.Should().Contain(static name => name.Contains("/sources/")).And.Contain(static name => name.Contains("/profiles/")).And.Contain(static name => name.Contains("/keys/"));
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task Entry_that_is_gone_is_no_longer_owed()
    {
        var store = new MemoryObjectStore { Throws = static () => new ObjectStoreException(ObjectStoreFault.Unavailable, "down") };
        var time = new DrivenTime();
        await using var host = new Host(store, Patient.Remote, time: time);
        await host.WorkAsync();
        foreach (var entry in host.Cache.Entries("sources").Concat(host.Cache.Entries("profiles")))
        {
            Directory.Delete(entry, recursive: true);
        }

        store.Throws = null;

        await Until.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMinutes(2));
            return host.Outbox().Length == 0;
        });
        store.Names.Should().NotContain(static name => name.Contains("/profiles/"));
    }

    [Fact]
    public async Task More_than_QueueSize_drops_the_oldest_and_says_so_once()
    {
        var store = new MemoryObjectStore { Throws = static () => new ObjectStoreException(ObjectStoreFault.Unavailable, "down") };
        await using var host = new Host(store, static remote => remote with { QueueSize = 40_000 }, time: new DrivenTime());
        var video = await host.Job.DownloadAsync();
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            await host.Job.EncodeAsync(video, new EncodingProfile(name) { VideoBitrate = name + "k" });
            await host.Cache.Manager.FlushAsync();
        }

        host.Outbox().Should().HaveCountLessThan(4).And.NotBeEmpty();
        host.Cache.Log.Of(1005).Should().ContainSingle();
        (await host.Cache.Manager.GetStatisticsAsync()).Remote.Dropped.Should().BePositive();
        (await host.Cache.Manager.GetStatisticsAsync()).Remote.OwedBytes.Should().BeLessThanOrEqualTo(40_000);
    }

    [Fact]
    public async Task What_waited_longer_than_QueueAge_is_given_up()
    {
        var store = new MemoryObjectStore { Throws = static () => new ObjectStoreException(ObjectStoreFault.Unavailable, "down") };
        var time = new DrivenTime();
        await using var host = new Host(store, time: time);
        await host.WorkAsync();
        host.Outbox().Should().HaveCount(2);
        time.Jump(TimeSpan.FromHours(25));

        await host.Cache.Manager.CleanupAsync();
        await host.Cache.Manager.FlushAsync();

        host.Outbox().Should().BeEmpty();
    }

    [Fact]
    public async Task Damaged_intent_is_no_intent()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store);
        await host.WorkAsync();
        var outbox = Path.Combine(host.Cache.Settings.Root, "remote", "outbox");
        await File.WriteAllTextAsync(Path.Combine(outbox, "sources-" + new string('a', 32)), "{\"version\":1,\"layer\":\"sources\",\"name\":\"../../../x\"");
        await File.WriteAllTextAsync(Path.Combine(outbox, "profiles-" + new string('b', 32) + "_" + new string('c', 32)), """{"version":1,"layer":"profiles","name":"../x","at":"2026-01-01T00:00:00Z"}""");
        await File.WriteAllTextAsync(Path.Combine(outbox, "something else"), "x");

        await host.Cache.Manager.CleanupAsync();
        await host.Cache.Manager.FlushAsync();

        store.Requests.Should().NotContain(static one => one.Contains("..") || one.Contains(new string('a', 32)));
        host.Cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Entry_that_is_sent_has_no_lease()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store, static remote => remote with { Coordinate = false });
        var inside = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        store.Before = async (operation, name) =>
        {
            if (operation == "put" && name.Contains("/profiles/"))
            {
                inside.TrySetResult();
                await goOn.Task;
            }
        };
        var video = await host.Job.DownloadAsync();
        await host.Job.Encoder.EncodeAsync(new EncodeRequest(video, TestJob.Profile, host.Cache.WorkPath("out")) { JobId = "job-1" });
        await inside.Task.Guarded();
        var name = Path.GetFileName(host.Cache.Entries("profiles").Single());

        (await host.Cache.Manager.Profiles.RemoveAsync(ProfileKey.From(video.Media ?? new SourceMedia { ContentHash = Bytes.Sha256(Host.Video), Length = Host.Video.Length }, await host.Job.InnerEncoder.DescribeAsync(new SourceMedia { ContentHash = Bytes.Sha256(Host.Video), Length = 1 }, TestJob.Profile)))).Should().BeTrue();

        Directory.Exists(Path.Combine(host.Cache.Settings.Root, "profiles", name)).Should().BeFalse("a lease would have kept it");
        goOn.SetResult();
        await host.Cache.Manager.FlushAsync();
    }
}
