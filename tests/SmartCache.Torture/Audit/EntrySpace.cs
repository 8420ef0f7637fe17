using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Torture.Audit;

/// <summary>What entries, trash, quarantine and what is in the making take on the disk: what a limit is there for.</summary>
internal static class EntrySpace
{
    private static readonly string[] _layers = ["sources", "profiles"];

    public static long Of(string cache) => _layers.Select(layer => Path.Combine(cache, layer)).Where(Directory.Exists)
        .SelectMany(static layer => Directory.GetDirectories(layer))
        .Where(static path => Path.GetFileName(path) is not ("keys" or "facts" or "ahead" or "locks" or "partials"))
        .Sum(static path => DiskUsage.Of(path, OperationPulse.Unwatched(CancellationToken.None), FileSystem.Current));
}
