namespace SmartCache.Configuration;

/// <summary>Where the library reads its settings. <see cref="Current"/> is cheap, never throws, and changes as a whole when a valid edit arrives.</summary>
internal interface ICacheSettingsSource
{
    CacheSettings Current { get; }
}
