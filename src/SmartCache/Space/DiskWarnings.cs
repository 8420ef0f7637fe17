using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Space;

/// <summary>Says, once, what is wrong with the place that the cache was given; again only when the limits are changed.</summary>
internal sealed class DiskWarnings(IReadOnlyList<CacheLayer> layers, ICacheSettingsSource settings, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);
    private (long, FreeSpaceFloor) _limits;

    /// <summary>Looks at each file system that the cache lies on.</summary>
    /// <param name="used">Bytes that the cache takes now.</param>
    public void Look(long used)
    {
        lock (_gate)
        {
            var limits = (settings.Current.MaxSize, settings.Current.MinFreeSpace);
            var reachable = used;
            foreach (var disk in layers.Select(static layer => layer.Directory).DistinctBy(static directory => directory.FileSystem.Stat(directory.Root)?.Device))
            {
                var facts = disk.FileSystem.Disk(disk.Root);
                WarnOfKind(disk.Root, facts);
                reachable += Math.Max(0, facts.AvailableBytes - settings.Current.MinFreeSpace.On(facts.TotalBytes));
            }

            if (_limits != limits && reachable < settings.Current.MaxSize)
            {
                SpaceLog.NotReachable(logger, settings.Current.MaxSize, settings.Current.Root, reachable);
            }

            _limits = limits;
        }
    }

    private void WarnOfKind(string directory, in DiskFacts facts)
    {
        if (facts.Kind is not (DriveType.Ram or DriveType.Network) || !_said.Add(directory))
        {
            return;
        }

        if (facts.Kind == DriveType.Ram)
        {
            SpaceLog.InMemory(logger, directory, facts.Format);
        }
        else
        {
            SpaceLog.OnNetwork(logger, directory, facts.Format);
        }
    }
}
