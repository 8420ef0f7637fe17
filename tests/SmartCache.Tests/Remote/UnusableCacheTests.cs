using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Remote;

/// <summary>Where the cache is switched off by a file, or its disk rests, the store is asked for nothing, and no other host is waited for.</summary>
public class UnusableCacheTests
{
    private readonly MemoryObjectStore _store = new();

    [Fact]
    public async Task Ladder_gives_what_another_host_has_made()
    {
        await MakeAsync();
        await using var second = new Host(_store);
        var job = await LadderJob.StartAsync(second.Cache);

        (await job.EncodeAsync()).Should().HaveCount(3);

        (job.Inner.Runs.Count, job.Inner.Singles.Count, job.Stored).Should().Be((0, 0, 3));
    }

    [Fact]
    public async Task Ladder_of_a_cache_that_is_switched_off_asks_the_store_nothing()
    {
        await MakeAsync();
        await using var second = new Host(_store);
        var job = await LadderJob.StartAsync(second.Cache);
        var before = _store.Requests.Count;

        // When the keys are known: without a cache there would be none.
        job.Inner.Groups = requests =>
        {
            SwitchOff(second);
            return [requests];
        };

        (await job.EncodeAsync().Guarded()).Should().HaveCount(3);

        job.Inner.Runs.Should().ContainSingle().Which.Should().HaveCount(3);
        _store.Requests.Skip(before).Should().BeEmpty();
    }

    [Fact]
    public async Task Ladder_whose_disk_rests_asks_the_store_nothing()
    {
        await MakeAsync();
        var time = new DrivenTime();
        await using var second = new Host(_store, time: time);
        var job = await LadderJob.StartAsync(second.Cache);
        using var never = new ManualResetEventSlim(false);
        await RestAsync(second, time, never);
        var before = _store.Requests.Count;

        (await job.EncodeAsync().Guarded()).Should().HaveCount(3);
        never.Set();

        job.Inner.Runs.Should().ContainSingle().Which.Should().HaveCount(3);
        _store.Requests.Skip(before).Should().BeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Profile_that_cannot_be_judged_any_more_is_made_here_and_nobody_is_asked_who_makes_it(bool together)
    {
        await MakeAsync();
        await using var second = new Host(_store);
        var job = await LadderJob.StartAsync(second.Cache);
        _store.Before = (_, _) =>
        {
            SwitchOff(second);
            return Task.CompletedTask;
        };
        var before = _store.Requests.Count;

        var made = together ? await job.EncodeAsync().Guarded() : [await job.EncodeOneAsync(LadderJob.Profiles[0]).Guarded()];

        made.Should().HaveCount(together ? 3 : 1).And.OnlyContain(static one => one.Outcome != CacheOutcome.Hit);
        _store.Requests.Skip(before).Should().ContainSingle("it was switched off meanwhile").Which.Should().Contain("/profiles/");
    }

    [Fact]
    public async Task Upload_of_a_cache_that_is_switched_off_asks_nothing_and_tells_nothing()
    {
        await using var host = new Host(_store);
        SwitchOff(host);
        var tree = Directory.CreateDirectory(host.Cache.WorkPath("tree")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(tree, "a.ts"), Bytes.Random(100));

        await new ResumingIpfsUploader(new ScriptedUploader(new UploadTarget("node", "v1")), host.Cache.Manager).UploadAsync(new UploadRequest("job", tree));
        await host.Cache.Manager.FlushAsync();

        _store.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task Plan_of_a_cache_that_is_switched_off_asks_nothing()
    {
        await using var host = new Host(_store);
        SwitchOff(host);

        (await host.Cache.Manager.TryGetMediaAsync(host.Job.Request())).Should().BeNull();

        _store.Requests.Should().BeEmpty();
    }

    private async Task MakeAsync()
    {
        await using var first = new Host(_store);
        await (await LadderJob.StartAsync(first.Cache)).EncodeAsync();
        _store.Names.Count(static name => name.Contains("/v1/profiles/")).Should().Be(3);
    }

    private static void SwitchOff(Host host)
    {
        Directory.CreateDirectory(host.Cache.Settings.Root);
        File.WriteAllText(Path.Combine(host.Cache.Settings.Root, "DISABLED"), "");
    }

    private static async Task RestAsync(Host host, DrivenTime time, ManualResetEventSlim never)
    {
        var boundary = host.Cache.Manager.ProfileStore.Layer.Boundary;
        for (var i = 0; i < 3; i++)
        {
            using var begun = new SemaphoreSlim(0);
            var hung = boundary.AttemptAsync("hang", 0, _ => begun.Release() + (never.Wait(Timeout.Infinite) ? 1 : 2), CancellationToken.None).AsTask();
            await begun.WaitAsync().Guarded(); // One that has no thread yet does not hang.
            await Until.TrueAsync(() =>
            {
                time.Advance(host.Cache.Settings.OperationTimeout + TimeSpan.FromSeconds(1));
                return hung.IsCompleted;
            });
        }

        boundary.Unavailable!.Value.Code.Should().Be(CacheReason.Resting);
    }
}
