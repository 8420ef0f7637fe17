using SmartCache.Eviction;

namespace SmartCache.Simulation;

/// <summary>What the evictor does with a plan, without a disk.</summary>
internal static class PlanExtensions
{
    /// <summary>Goes on in order until enough is freed. May be called again for the next slice.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="bytes">How much to free.</param>
    /// <param name="tryRemove">Removes an entry; false when it could not be taken (leased, touched since): it is passed by.</param>
    /// <param name="highest">What may go at most. A limit takes everything; the way on down to the low-water mark only what is free.</param>
    /// <returns>The bytes freed; less than asked for when nothing more can go.</returns>
    public static long Free(this EvictionPlan plan, long bytes, Func<EvictionCandidate, bool> tryRemove, ProtectionLevel highest = ProtectionLevel.Active)
    {
        long freed = 0;
        while (freed < bytes && plan.TryNext(out var victim, out var candidate, highest))
        {
            if (!tryRemove(candidate))
                continue;
            freed += candidate.Size;
            plan.ReportRemoved(victim);
        }

        return freed;
    }
}
