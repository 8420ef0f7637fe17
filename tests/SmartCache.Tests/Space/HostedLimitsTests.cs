using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Hosting;
using SmartCache.Storage;
using SmartCache.Tests.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Space;

/// <summary>The limits as a worker meets them: through its configuration, its container and the service that maintains the cache.</summary>
public sealed class HostedLimitsTests : IDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(5);
    private readonly string _directory = Directory.CreateTempSubdirectory("smartcache-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task MaxSize_lowered_in_the_settings_of_a_running_worker_takes_effect_by_its_own_policy()
    {
        var clock = new DrivenTime();
        var settings = new EditableSettings(Settings("100MB"));
        await using var container = new ServiceCollection()
            .AddSingleton<IEvictionPolicy, HighestNameFirst>()
            .AddSmartCache(settings.Root)
            .Services.BuildServiceProvider();
        var cache = container.GetRequiredService<CacheManager>();
        var layer = cache.SourceStore.Layer;
        for (var i = 0; i < 10; i++)
        {
            Entries.Publish(layer, Entries.NameOf(i), null, ("source.bin", Bytes.Random(300_000, i)))!.Dispose();
        }

        // As the container makes it, but on a clock that nothing else waits on.
        using var service = new CacheMaintenanceService(cache, clock, NullLogger.Instance);
        await service.StartAsync(CancellationToken.None);
        await clock.WaiterAsync(_pause);
        Names().Should().HaveCount(10);

        settings.Edit(Settings("2MB"));
        clock.Advance(_pause);
        await clock.WaiterAsync(_pause);

        Names().Should().Equal(Enumerable.Range(0, Names().Count).Select(Entries.NameOf), "the policy that the worker registered takes the last names first");
        Names().Count.Should().BeInRange(4, 6);
        await service.StopAsync(CancellationToken.None);

        List<string> Names() => [.. new EntryScan(layer.Entries).Names().Order()];
    }

    private (string, string?)[] Settings(string maxSize) =>
        [("Cache:Directory", _directory), ("Cache:MaxSize", maxSize), ("Cache:MinFreeSpace", "0B"), ("Cache:EvictionPolicy", "HighestNameFirst")];

    private sealed class HighestNameFirst : IEvictionPolicy
    {
        public string Name => "HighestNameFirst";

        public void Rank(ReadOnlySpan<EvictionCandidate> candidates, DateTimeOffset now, Span<double> ranks)
        {
            for (var i = 0; i < candidates.Length; i++)
            {
                ranks[i] = -int.Parse(candidates[i].Key, System.Globalization.NumberStyles.HexNumber, null);
            }
        }
    }
}
