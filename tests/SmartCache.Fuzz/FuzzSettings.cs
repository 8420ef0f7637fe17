using SmartCache.Configuration;

namespace SmartCache.Fuzz;

internal sealed class FuzzSettings(CacheSettings settings) : ICacheSettingsSource
{
    public CacheSettings Current { get; set; } = settings;
}
