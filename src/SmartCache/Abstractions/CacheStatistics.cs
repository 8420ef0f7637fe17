namespace SmartCache;

/// <summary>What lies in the cache, and what it did since this process started.</summary>
public sealed record CacheStatistics
{
    /// <summary>The source layer.</summary>
    public required LayerStatistics Sources { get; init; }

    /// <summary>The profile layer.</summary>
    public required LayerStatistics Profiles { get; init; }

    /// <summary>The upload layer; its entries are jobs.</summary>
    public required LayerStatistics Uploads { get; init; }

    /// <summary>What the cache takes on the disk, over all processes; <see langword="null"/> where the account cannot be read, or what lies there has not been counted yet.</summary>
    public SpaceStatistics? Space { get; init; }

    /// <summary>Parts of unfinished encodes.</summary>
    public EncodePartStatistics Checkpoints { get; init; } = new();

    /// <summary>The remote tier.</summary>
    public RemoteStatistics Remote { get; init; } = new();

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
