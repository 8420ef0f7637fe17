using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Configuration;

namespace SmartCache.Benchmarks;

/// <summary>A cache with every default on a directory.</summary>
internal static class BenchCache
{
    public static CacheManager Open(string root, ILogger? logger = null) => Open(CacheSettings.ForRoot(root), logger ?? NullLogger.Instance);

    public static CacheManager Open(CacheSettings settings, ILogger logger, TimeProvider? time = null) => new(new CacheServices(new FixedSettings(settings), logger, time ?? TimeProvider.System));

    private sealed class FixedSettings(CacheSettings current) : ICacheSettingsSource
    {
        public CacheSettings Current { get; } = current;
    }
}
