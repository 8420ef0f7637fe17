using Microsoft.Extensions.Logging;

namespace SmartCache.Storage;

/// <summary>
/// The directories of one cache that are somebody else's. While there is one the whole cache is off, and says so once: a part of it that went on would be
/// counted and evicted without the rest, and hide what was set up wrongly.
/// </summary>
internal sealed class DirectoryRefusals(ILogger logger)
{
    private readonly Lock _gate = new();

    // Replaced as a whole: each operation of the cache looks, and nearly always at none.
    private volatile string[] _refused = [];

    public bool Any => _refused.Length > 0;

    /// <summary>Whether a directory is refused that this layer does not look at itself.</summary>
    public bool Stop(LayerDirectory layer) => Array.Exists(_refused, directory => !layer.StandsIn(directory));

    public void Note(ForeignDirectoryException refusal)
    {
        lock (_gate)
        {
            if (_refused.Contains(refusal.Directory))
            {
                return;
            }

            _refused = [.. _refused, refusal.Directory];
        }

        StorageLog.DirectoryRefused(logger, refusal.Message);
    }

    /// <summary>A layer found its directories to be the cache's.</summary>
    public void Opened(LayerDirectory layer)
    {
        string[] taken;
        lock (_gate)
        {
            taken = [.. _refused.Where(layer.StandsIn)];
            _refused = [.. _refused.Except(taken)];
        }

        foreach (var directory in taken)
        {
            StorageLog.DirectoryTaken(logger, directory);
        }
    }
}
