namespace SmartCache;

/// <summary>What the next look-up would come to, as far as a look that changes nothing can tell.</summary>
/// <remarks>
/// No byte of the entry is read: one that is damaged in place looks as good as before. What the request itself decides (<see cref="CacheUse"/>,
/// <see cref="DownloadRequest.ExpectedLength"/>, <see cref="EncodeRecipe.Accept"/>) is not known. The worker may have other rights than this user.
/// Later versions may have more properties.
/// </remarks>
public sealed record InspectedLookUp
{
    /// <summary>Whether it would be a hit.</summary>
    public bool IsHit => !IsOff && Reason == CacheReason.None;

    /// <summary>Whether settings switch the cache or the layer off, so that nothing is looked up.</summary>
    public bool IsOff { get; init; }

    /// <summary>Why it would be a miss; <see cref="CacheReason.None"/> where it would be none, or where nothing is looked up.</summary>
    public CacheReason Reason { get; init; }
}
