namespace SmartCache.Eviction;

/// <summary>A <see cref="VideoUseTable"/> as it is saved.</summary>
internal sealed record VideoUseTableState
{
    public DateTimeOffset? HalvedAt { get; init; }

    public List<VideoUseState?>? Videos { get; init; }
}
