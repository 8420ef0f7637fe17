using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SmartCache.Storage;

/// <summary>
/// The directories of one cache that are somebody else's. While there is one the whole cache is off, and says so once: a part of it that went on would be
/// counted and evicted without the rest, and hide what was set up wrongly.
/// </summary>
internal sealed class DirectoryRefusals(ILogger logger)
{
    private readonly ConcurrentDictionary<string, bool> _refused = new(StringComparer.Ordinal);

    public bool Any => !_refused.IsEmpty;

    /// <summary>Whether a directory is refused that this layer does not look at itself.</summary>
    public bool Stop(LayerDirectory layer) => Any && _refused.Keys.Any(directory => !layer.StandsIn(directory));

    public void Note(ForeignDirectoryException refusal)
    {
        if (_refused.TryAdd(refusal.Directory, true))
        {
            StorageLog.DirectoryRefused(logger, refusal.Message);
        }
    }

    /// <summary>A layer found its directories to be the cache's.</summary>
    public void Opened(LayerDirectory layer)
    {
        if (!Any)
        {
            return;
        }

        foreach (var directory in _refused.Keys.Where(layer.StandsIn))
        {
            if (_refused.TryRemove(directory, out _))
            {
                StorageLog.DirectoryTaken(logger, directory);
            }
        }
    }
}
