using SmartCache.Configuration;

namespace SmartCache.Worker;

/// <summary>Settings that never change.</summary>
internal sealed class FixedSettings(CacheSettings current) : ICacheSettingsSource
{
    public CacheSettings Current { get; } = current;
}
