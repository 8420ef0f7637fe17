namespace SmartCache.Tool.Views;

/// <summary>What the cache takes over all processes, and may. The limits are <see langword="null"/> where no settings of this cache are known.</summary>
internal sealed record SpaceView(long? UsedBytes, long ReservedBytes, long? LimitBytes, double? UsedShare, long AvailableBytes, long? FloorBytes)
{
    public static SpaceView Of(InspectedSpace space, bool areLimitsKnown) => new(
        space.UsedBytes,
        space.ReservedBytes,
        areLimitsKnown ? space.LimitBytes : null,
        areLimitsKnown && space.UsedBytes is { } used && space.LimitBytes > 0 ? (double)(used + space.ReservedBytes) / space.LimitBytes : null,
        space.AvailableBytes,
        areLimitsKnown ? space.FloorBytes : null);
}
