namespace SmartCache;

/// <summary>What an object store does by itself with what is old.</summary>
public sealed record ObjectStoreRules
{
    /// <summary>The age since its last change after which an object is deleted; <see langword="null"/> = none is.</summary>
    /// <value>Whole days; stores round up to them.</value>
    public TimeSpan? ExpireAfter { get; init; }

    /// <summary>The age after which an upload in parts is aborted that nobody has ended; <see langword="null"/> = none is.</summary>
    /// <value>Whole days; stores round up to them.</value>
    public TimeSpan? AbortAfter { get; init; }
}
