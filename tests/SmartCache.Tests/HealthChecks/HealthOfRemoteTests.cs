using SmartCache.Tests.Remote;
using SmartCache.Tests.Support;
using static Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus;

namespace SmartCache.Tests.HealthChecks;

/// <summary>The remote tier in the health check: each finding by its cause, and its end.</summary>
public sealed class HealthOfRemoteTests
{
    [Fact]
    public async Task Store_that_fails_is_degraded_until_it_answers_again()
    {
        var store = new MemoryObjectStore();
        var time = new DrivenTime();
        await using var host = new Host(store, Patient.Remote, time: time);
        await using var worker = new CheckedWorker(host.Cache);
        await host.WorkAsync();
        var well = await worker.ShouldBeAsync(Healthy, "");
        well.Data["remote_owed_entries"].Should().Be(0);
        well.Data["remote_dropped"].Should().Be(0L);
        store.Throws = static () => new ObjectStoreException(ObjectStoreFault.Unavailable, "down");
        await host.Cache.Manager.TryGetMediaAsync(host.Job.Request(url: "http://origin/other"));

        await worker.ShouldBeAsync(Degraded, "remote-resting");

        store.Throws = null;
        await Until.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return host.Cache.Manager.GetState().Remote is { ReadsRest: false, WritesRest: false };
        });
        await worker.ShouldBeAsync(Healthy, "");
    }

    [Fact]
    public async Task Entry_that_waits_longer_than_OwedAge_is_degraded_and_so_is_one_that_was_given_up()
    {
        var store = new MemoryObjectStore { Throws = static () => new ObjectStoreException(ObjectStoreFault.Unavailable, "down") };
        var time = new DrivenTime();
        await using var host = new Host(store, time: time);
        await using var worker = new CheckedWorker(host.Cache);
        await host.WorkAsync();
        (await worker.ShouldBeAsync(Degraded, "remote-resting")).Data["remote_owed_entries"].Should().Be(2);

        time.Jump(TimeSpan.FromHours(2));
        (await worker.ShouldBeAsync(Degraded, "remote-resting remote-owed")).Data["remote_oldest_owed_seconds"].Should().Be(7200L);

        time.Jump(TimeSpan.FromHours(25));
        await host.Cache.Manager.CleanupAsync();
        await host.Cache.Manager.FlushAsync();
        (await worker.ShouldBeAsync(Degraded, "remote-resting remote-dropped")).Data["remote_dropped"].Should().Be(2L);
    }

    [Fact]
    public async Task Cache_without_a_remote_tier_says_nothing_of_one()
    {
        await using var cache = new TestCache();
        await using var worker = new CheckedWorker(cache);

        (await worker.ShouldBeAsync(Healthy, "")).Data.Keys.Should().NotContain(static key => key.StartsWith("remote_", StringComparison.Ordinal));
    }
}
