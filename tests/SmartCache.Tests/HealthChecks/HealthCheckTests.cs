using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SmartCache.HealthChecks;
using SmartCache.Tests.Support;
using static Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus;

namespace SmartCache.Tests.HealthChecks;

/// <summary>The check itself: what it answers where nothing is wrong, where there is no cache, and that it neither throws nor touches the disk.</summary>
public sealed class HealthCheckTests
{
    [Fact]
    public async Task Cache_at_work_is_healthy_with_its_figures()
    {
        await using var cache = new TestCache();
        await using var worker = new CheckedWorker(cache);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        await job.EncodeAsync(await job.DownloadAsync());
        await job.DownloadAsync();
        await cache.Manager.CleanupAsync();

        var answer = await worker.ShouldBeAsync(Healthy, "");

        answer.Description.Should().Be("The cache works.");
        var statistics = await cache.Manager.GetStatisticsAsync();
        answer.Data["space_used_bytes"].Should().Be(statistics.Space!.UsedBytes);
        answer.Data["space_limit_bytes"].Should().Be(cache.Settings.MaxSize);
        answer.Data["space_needed_bytes"].Should().Be(statistics.Sources.Bytes + statistics.Profiles.Bytes, "the job has not ended");
        (answer.Data["sources_entries"], answer.Data["profiles_entries"]).Should().Be((1L, 1L));
        (answer.Data["sources_state"], answer.Data["quota_state"]).Should().Be(("Usable", "Usable"));
        (answer.Data["sources_retries_spared"], answer.Data["sources_retries_missed"]).Should().Be((1L, 0L));
        ((long)answer.Data["sources_disk_free_bytes"]).Should().BePositive();
    }

    [Fact]
    public async Task Cache_that_nobody_has_used_yet_is_healthy()
    {
        await using var cache = new TestCache();
        await using var worker = new CheckedWorker(cache);

        await worker.ShouldBeAsync(Healthy, "");
    }

    [Fact]
    public async Task Check_asks_the_disk_nothing_also_while_that_hangs()
    {
        using var disk = new HangingDisk();
        await using var cache = new TestCache(fileSystem: disk);
        await using var worker = new CheckedWorker(cache);
        await new TestJob(cache, new FakeDownloader(Bytes.Random(20_000))).DownloadAsync();
        disk.Hang();

        (await worker.AskAsync().Guarded()).Status.Should().Be(Healthy, "nobody has met it yet");

        disk.Asked.Should().Be(0);
    }

    [Fact]
    public async Task Cache_that_cannot_be_made_is_a_result_and_no_exception()
    {
        await using var worker = new CheckedWorker(static services => services.AddSmartCache(static options => options.MaxSize = "plenty"));

        var answer = await worker.AskAsync();

        (answer.Status, answer.Exception).Should().Be((Unhealthy, null));
        answer.Description.Should().Contain("InvalidSettingsException").And.NotContain("plenty");
    }

    [Fact]
    public async Task Worker_without_a_cache_is_told_so()
    {
        await using var worker = new CheckedWorker(static _ => { });

        var answer = await worker.AskAsync();

        answer.Status.Should().Be(Unhealthy);
        answer.Description.Should().Contain("AddSmartCache()");
    }

    [Fact]
    public async Task Failure_status_of_the_registration_stands_for_unhealthy()
    {
        await using var worker = new CheckedWorker(static _ => { }, failureStatus: Degraded);

        (await worker.AskAsync()).Status.Should().Be(Degraded);
    }

    [Fact]
    public async Task Cache_that_its_settings_switch_off_is_healthy()
    {
        await using var cache = new TestCache(static settings => settings with { Enabled = false });
        await using var worker = new CheckedWorker(cache);

        (await worker.ShouldBeAsync(Healthy, "")).Description.Should().Be("The cache is off by its settings.");
    }

    [Fact]
    public async Task Cache_that_invalid_settings_switched_off_is_unhealthy()
    {
        await using var worker = new CheckedWorker(static services => services.AddSmartCache(static options => (options.MaxSize, options.OnInvalidSettings) = ("plenty", "Disable")));

        await worker.ShouldBeAsync(Unhealthy, "invalid-settings");
    }

    [Fact]
    public async Task Thresholds_out_of_range_fail_the_start_all_at_once()
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddHealthChecks().AddSmartCache(static options =>
            (options.Window, options.WorkingSetShare, options.CriticalFactor, options.Retries) = (TimeSpan.Zero, double.NaN, -1, 0));
        using var host = builder.Build();

        var start = async () => await host.StartAsync();

        (await start.Should().ThrowAsync<OptionsValidationException>()).Which.Failures.Should().HaveCount(4)
            .And.Contain(static failure => failure.Contains("Window must be from 1 minute to 7 days.")).And.Contain(static failure => failure.Contains("WorkingSetShare must be from 0.1 to 1."));
    }

    [Fact]
    public async Task Two_checks_have_thresholds_and_memories_of_their_own()
    {
        await using var cache = new TestCache(static settings => settings with { CleanupInterval = TimeSpan.FromHours(1) }, time: new DrivenTime());
        var services = new ServiceCollection().AddLogging().AddSingleton<ICacheManager>(cache.Manager).AddSingleton(TimeProvider.System);
        services.AddHealthChecks().AddSmartCache(tags: ["ready"]).AddSmartCache(static options => options.FreeSpaceFactor = 10, "strict");
        await using var provider = services.BuildServiceProvider();

        var options = provider.GetRequiredService<IOptionsMonitor<SmartCacheHealthOptions>>();
        var answers = (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries;

        (options.Get("smartcache").FreeSpaceFactor, options.Get("strict").FreeSpaceFactor).Should().Be((1, 10));
        answers.Keys.Should().BeEquivalentTo("smartcache", "strict");
        answers["smartcache"].Tags.Should().Equal("ready");
    }
}
