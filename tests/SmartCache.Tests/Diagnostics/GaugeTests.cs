using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using SmartCache.Configuration;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Diagnostics;

/// <summary>The gauges say what lies there, from memory.</summary>
public class GaugeTests
{
    private static readonly byte[] Video = Bytes.Random(500_000);

    [Fact]
    public async Task Gauges_say_what_the_statistics_say()
    {
        using var meters = new TestMeters();
        await using var cache = new TestCache(static settings => settings with { MinFreeSpace = new FreeSpaceFloor(1_000_000, null) }, with: services => services with { Meters = meters });
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.EncodeAsync(await job.DownloadAsync());
        await cache.Manager.CleanupAsync();

        var read = GaugeReading.Of(meters);

        var statistics = await cache.Manager.GetStatisticsAsync();
        read["smartcache.space.used"].Should().Be(statistics.Space!.UsedBytes).And.BePositive();
        read["smartcache.space.reserved"].Should().Be(0);
        read["smartcache.space.limit"].Should().Be(cache.Settings.MaxSize);
        read["smartcache.space.needed"].Should().Be(statistics.Sources.Bytes + statistics.Profiles.Bytes);
        (read["smartcache.entries layer=sources"], read["smartcache.entries layer=profiles"]).Should().Be((1, 1));
        read["smartcache.disk.floor layer=sources"].Should().Be(1_000_000);
        read["smartcache.disk.free layer=profiles"].Should().BeCloseTo(FileSystem.Current.Disk(cache.Root).AvailableBytes, 5_000_000_000);
        read["smartcache.cleanup.age"].Should().BeInRange(0, 600);
        read.Where(static one => one.Key.StartsWith("smartcache.layer.state", StringComparison.Ordinal) && one.Value == 1).Select(static one => one.Key).Should().BeEquivalentTo(
            "smartcache.layer.state layer=sources state=Usable", "smartcache.layer.state layer=profiles state=Usable",
            "smartcache.layer.state layer=uploads state=Usable", "smartcache.layer.state layer=quota state=Usable");
    }

    [Fact]
    public async Task What_is_not_known_yet_has_no_value()
    {
        using var meters = new TestMeters();
        await using var cache = new TestCache(with: services => services with { Meters = meters });

        GaugeReading.Of(meters).Keys.Select(static key => key.Split(' ')[0]).Distinct().Should().BeEquivalentTo("smartcache.layer.state", "smartcache.cleanup.age");
    }

    [Fact]
    public async Task Entries_that_go_are_counted_out_and_what_a_job_no_longer_needs_too()
    {
        using var meters = new TestMeters();
        await using var cache = new TestCache(with: services => services with { Meters = meters });
        await new TestJob(cache, new FakeDownloader(Video)).DownloadAsync();
        await cache.Manager.CleanupAsync();
        GaugeReading.Of(meters)["smartcache.space.needed"].Should().BeGreaterThan(Video.Length);

        cache.Settings = cache.Settings with { MaxSize = 100_000 };
        await cache.Manager.CleanupAsync();

        var read = GaugeReading.Of(meters);
        (read["smartcache.entries layer=sources"], read["smartcache.space.needed"], read["smartcache.space.limit"]).Should().Be((0, 0, 100_000));
    }

    [Fact]
    public async Task Reading_asks_the_disk_nothing_and_a_layer_that_rests_is_told()
    {
        using var meters = new TestMeters();
        using var disk = new HangingDisk();
        await using var cache = new TestCache(
            static settings => settings with { OperationTimeout = TimeSpan.FromMilliseconds(200) }, fileSystem: disk, with: services => services with { Meters = meters });
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.DownloadAsync();
        disk.Hang();
        await job.Downloader.DownloadAsync(job.Request()).Guarded();
        await cache.Manager.FlushAsync().Guarded();
        var asked = disk.Asked;

        var read = GaugeReading.Of(meters);

        read["smartcache.layer.state layer=sources state=Resting"].Should().Be(1);
        read["smartcache.layer.state layer=sources state=Usable"].Should().Be(0);
        disk.Asked.Should().Be(asked);
    }

    [Fact]
    public async Task Cache_that_has_ended_tells_nothing_more_by_a_meter_that_lives_on()
    {
        using var meters = new TestMeters();
        await using (new TestCache(with: services => services with { Meters = new Undying(meters) }))
        {
            GaugeReading.Of(meters).Should().NotBeEmpty();
        }

        GaugeReading.Of(meters).Should().BeEmpty();
    }

    /// <summary>As the meters of a container, which end with that and not with who asked for them.</summary>
    private sealed class Undying(TestMeters meters) : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new Kept(options, meters);

        public void Dispose()
        {
        }

        private sealed class Kept(MeterOptions options, object scope)
            : Meter(new MeterOptions(options.Name) { Scope = scope })
        {
            [SuppressMessage("Usage", "CA2215", Justification = "That it does not end is what it is for.")]
            protected override void Dispose(bool disposing)
            {
            }
        }
    }
}
