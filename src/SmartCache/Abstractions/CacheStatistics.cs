namespace SmartCache;

/// <summary>What lies in the cache, and what it did since this process started.</summary>
/// <param name="Sources">The source layer.</param>
/// <param name="Profiles">The profile layer.</param>
/// <param name="Uploads">The upload layer; its entries are jobs.</param>
public sealed record CacheStatistics(LayerStatistics Sources, LayerStatistics Profiles, LayerStatistics Uploads)
{
    /// <summary>What the cache takes on the disk, over all processes; <see langword="null"/> where the account cannot be read, or what lies there has not been counted yet.</summary>
    public SpaceStatistics? Space { get; init; }

    /// <summary>Work that hits avoided, as measured when it was done.</summary>
    public TimeSpan SavedTime => Sources.SavedTime + Profiles.SavedTime + Uploads.SavedTime;

    /// <summary>Bytes that were not moved again.</summary>
    public long SavedBytes => Sources.SavedBytes + Profiles.SavedBytes + Uploads.SavedBytes;

    /// <summary>The part of <see cref="SavedTime"/> that spared retries.</summary>
    public TimeSpan RetrySavedTime => Sources.Retries.SavedTime + Profiles.Retries.SavedTime + Uploads.Retries.SavedTime;

    /// <summary>The part of <see cref="SavedBytes"/> that spared retries.</summary>
    public long RetrySavedBytes => Sources.Retries.SavedBytes + Profiles.Retries.SavedBytes + Uploads.Retries.SavedBytes;

    /// <summary>Work that eviction destroyed and that had to be done again.</summary>
    public TimeSpan RegretTime => Sources.Regret.Time + Profiles.Regret.Time;
}
