namespace SmartCache.Tool.Views;

/// <summary>What the cache takes over all processes, and may. The limits are <see langword="null"/> where no settings of this cache are known.</summary>
internal sealed record SpaceView(long? UsedBytes, long ReservedBytes, long? LimitBytes, double? UsedShare, long AvailableBytes, long? FloorBytes);
