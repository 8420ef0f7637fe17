namespace SmartCache.Diagnostics;

/// <summary>What a request of a job came to, for the count of retries.</summary>
/// <param name="Outcome">Whether the work was done.</param>
/// <param name="Saved">Seconds that it did not take; 0 for a miss.</param>
/// <param name="Bytes">Bytes that were not moved; 0 for a miss.</param>
/// <param name="Reason">Why the work was not spared as a whole.</param>
internal readonly record struct StageUse(CacheOutcome Outcome, TimeSpan Saved, long Bytes, CacheReason Reason)
{
    /// <summary>The work was done.</summary>
    public static StageUse Made(CacheOutcome outcome, CacheReason reason) => new(outcome, TimeSpan.Zero, 0, reason);
}
