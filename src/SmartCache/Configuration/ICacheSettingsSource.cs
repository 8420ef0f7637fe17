namespace SmartCache.Configuration;

/// <summary>Where the library reads its settings. <see cref="Current"/> is cheap, never throws, and changes as a whole when a valid edit arrives.</summary>
internal interface ICacheSettingsSource
{
    CacheSettings Current { get; }

    /// <summary>Done when <see cref="Current"/> is another one than when this was asked for. Whoever waits for it asks for it first, and then reads.</summary>
    Task Changed => new TaskCompletionSource().Task;
}
