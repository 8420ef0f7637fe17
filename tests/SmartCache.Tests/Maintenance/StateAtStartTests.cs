using System.Diagnostics;
using Microsoft.Extensions.Logging;
using SmartCache.Abstractions;
using SmartCache.Hosting;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Maintenance;

/// <summary>What a worker says at start about a cache that cannot do its work.</summary>
[Trait("Found", "M38")]
public sealed class StateAtStartTests
{
    [Fact]
    public async Task Cache_that_cannot_be_used_is_one_error_with_every_layer_the_user_and_the_owner()
    {
        await using var cache = new TestCache();
        await File.WriteAllTextAsync(cache.Settings.Root, "a file where the directory should be");
        using (var chown = Process.Start("chown", ["1234", cache.Settings.Root]))
        {
            await chown.WaitForExitAsync();
        }

        await StartAsync(cache);
        await cache.Manager.CleanupAsync();

        var line = cache.Log.Lines.Where(static line => line.Level >= LogLevel.Warning).Should().ContainSingle("the operations that meet the same fault do not say it again").Subject;
        (line.Level, line.EventId).Should().Be((LogLevel.Error, 624));
        line.Text.Should().ContainAll("sources is out", "profiles is out", "uploads is out", "a file", $"runs as uid {FileSystem.Current.User}");
        var owner = FileSystem.Current.Stat(cache.Settings.Root)!.Value.Owner;
        line.Text.Should().Contain($"{cache.Settings.Root} belongs to uid {owner}, mode 0");
    }

    [Fact]
    public async Task Layer_that_is_out_is_an_error_beside_those_that_are_not()
    {
        await using var cache = new TestCache(static settings => settings with { ProfilesDirectory = Path.Combine(settings.Root, "..", "not-a-directory"), UploadsMode = LayerMode.Off });
        await File.WriteAllTextAsync(cache.Settings.ProfilesDirectory, "");

        await StartAsync(cache);

        cache.Log.Of(624).Should().ContainSingle().Which.Should().ContainAll("sources is usable", "profiles is out", "uploads is off", "quota is usable");
    }

    [Fact]
    public async Task Fault_that_was_told_at_the_start_is_over_with_a_line()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(time: time);
        await File.WriteAllTextAsync(cache.Settings.Root, "");
        await cache.Manager.StateAtStart.SayAsync(CancellationToken.None);

        File.Delete(cache.Settings.Root);
        time.Advance(TimeSpan.FromMinutes(2));
        await new TestJob(cache, new FakeDownloader(Bytes.Random(20_000))).DownloadAsync();

        cache.Log.Of(401).Should().Contain(static line => line.Contains("sources"));
    }

    [Fact]
    public async Task Disk_that_hangs_is_named_and_holds_nothing_up()
    {
        using var disk = new HangingFileSystem();
        await using var cache = new TestCache(static settings => settings with { OperationTimeout = TimeSpan.FromMilliseconds(200) }, fileSystem: disk);

        await cache.Manager.StateAtStart.SayAsync(CancellationToken.None).Guarded();

        cache.Log.Of(624).Should().ContainSingle().Which.Should().Contain("does not answer");
        disk.GoOn();
    }

    [Fact]
    public async Task File_that_switches_the_cache_off_is_a_warning_and_no_more()
    {
        await using var cache = new TestCache();
        Directory.CreateDirectory(cache.Settings.Root);
        await File.WriteAllTextAsync(Path.Combine(cache.Settings.Root, "DISABLED"), "");

        await StartAsync(cache);

        var line = cache.Log.Lines.Where(static line => line.Level >= LogLevel.Warning).Should().ContainSingle().Subject;
        (line.Level, line.EventId).Should().Be((LogLevel.Warning, 625));
        line.Text.Should().Contain(Path.Combine(cache.Settings.Root, "DISABLED"));
    }

    [Fact]
    public async Task Cache_that_works_says_neither()
    {
        await using var cache = new TestCache();

        await StartAsync(cache);

        cache.Log.Lines.Should().NotContain(static line => line.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task Recipe_that_cannot_be_described_says_why_at_Debug()
    {
        await using var cache = new TestCache();
        var encoder = new FakeEncoder { DescribeThrows = new InvalidOperationException("no such filter: scale_cuda") };

        await new TestJob(cache, new FakeDownloader([]), encoder).EncodeAsync(await TestJob.SourceAsync(cache));

        cache.Log.Of(204).Should().ContainSingle().Which.Should().NotContain("scale_cuda");
        cache.Log.Lines.Should().ContainSingle(static line => line.EventId == 626).Which.Should().Match<(LogLevel Level, int EventId, string Text)>(
            static line => line.Level == LogLevel.Debug && line.Text.Contains("scale_cuda") && line.Text.Contains("at SmartCache"));
    }

    /// <summary>As the host starts it, to the end of its first look.</summary>
    private static async Task StartAsync(TestCache cache)
    {
        var time = new DrivenTime();
        using var service = new CacheMaintenanceService(cache.Manager, time, cache.Log);
        await service.StartAsync(CancellationToken.None);
        await time.WaiterAsync(TimeSpan.FromSeconds(5));
        await service.StopAsync(CancellationToken.None);
    }

    private sealed class HangingFileSystem : ForwardingFileSystem, IDisposable
    {
        private readonly ManualResetEventSlim _goOn = new();

        public void GoOn() => _goOn.Set();

        public override FileFacts? Stat(string path)
        {
            _goOn.Wait();
            return base.Stat(path);
        }

        public void Dispose()
        {
            _goOn.Set();
            _goOn.Dispose();
        }
    }
}
