namespace SmartCache;

/// <summary>What lies in the cache, and what it did since this process started.</summary>
/// <param name="Sources">The source layer.</param>
/// <param name="Profiles">The profile layer.</param>
/// <param name="Uploads">The upload layer; its entries are jobs.</param>
public sealed record CacheStatistics(LayerStatistics Sources, LayerStatistics Profiles, LayerStatistics Uploads)
{
    /// <summary>What the cache takes on the disk, over all processes; <see langword="null"/> where the account cannot be read.</summary>
    public SpaceStatistics? Space { get; init; }

    /// <summary>Work that hits avoided, as measured when it was done.</summary>
    public TimeSpan SavedTime => Sources.SavedTime + Profiles.SavedTime + Uploads.SavedTime;

    /// <summary>Bytes that were not moved again.</summary>
    public long SavedBytes => Sources.SavedBytes + Profiles.SavedBytes + Uploads.SavedBytes;
}
