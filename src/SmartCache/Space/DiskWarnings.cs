using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Storage;

namespace SmartCache.Space;

/// <summary>
/// Says what is wrong with the place that the cache was given. Of what kind it is, once. That <c>MaxSize</c> cannot be reached, once while that lasts: again when it
/// was over in between, because another program fills and empties the disk, or when the limits were changed.
/// </summary>
internal sealed class DiskWarnings(IReadOnlyList<LayerDirectory> layers, ICacheSettingsSource settings, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);
    private (long MaxSize, FreeSpaceFloor MinFreeSpace)? _saidNotReachable;

    /// <summary>Looks at each file system that the cache lies on.</summary>
    /// <param name="used">Bytes that the cache takes now.</param>
    public void Look(long used)
    {
        lock (_gate)
        {
            var limits = (settings.Current.MaxSize, settings.Current.MinFreeSpace);
            var reachable = used;
            foreach (var disk in layers.DistinctBy(static directory => directory.FileSystem.Stat(directory.Root)?.Device))
            {
                var facts = disk.FileSystem.Disk(disk.Root);
                WarnOfKind(disk);
                reachable += Math.Max(0, facts.AvailableBytes - settings.Current.MinFreeSpace.On(facts.TotalBytes));
            }

            if (reachable >= settings.Current.MaxSize)
            {
                _saidNotReachable = null;
            }
            else if (_saidNotReachable != limits)
            {
                _saidNotReachable = limits;
                SpaceLog.NotReachable(logger, settings.Current.MaxSize, settings.Current.Root, reachable);
            }
        }
    }

    private void WarnOfKind(LayerDirectory disk)
    {
        var kind = disk.FileSystem.KindOfDisk(disk.Root);
        if (kind.Place is not (DriveType.Ram or DriveType.Network) || !_said.Add(disk.Root))
        {
            return;
        }

        if (kind.Place == DriveType.Ram)
        {
            SpaceLog.InMemory(logger, disk.Root, kind.Format);
        }
        else
        {
            SpaceLog.OnNetwork(logger, disk.Root, kind.Format);
        }
    }
}
