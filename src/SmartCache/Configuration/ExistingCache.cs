using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Configuration;

/// <summary>For whoever looks at a cache, or changes it, and must not begin one.</summary>
internal static class ExistingCache
{
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not look.</exception>
    public static void Require(CacheSettings settings, FileSystem files)
    {
        var root = settings.Root;
        if (files.Stat(Path.Combine(root, ".")) is null)
        {
            throw new DirectoryNotFoundException($"There is no directory '{root}'.");
        }

        if (DirectoryMarker.NameIn(files, root) != DirectoryMarker.Root)
        {
            throw new DirectoryNotFoundException($"'{root}' is no cache: no {OwnNames.Marker} there says so.");
        }
    }
}
