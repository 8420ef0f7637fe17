namespace SmartCache.Tool.Views;

/// <summary>What the cache takes over all processes, and may.</summary>
internal sealed record SpaceView(long? UsedBytes, long ReservedBytes, long LimitBytes, double? UsedShare, long AvailableBytes, long FloorBytes);
