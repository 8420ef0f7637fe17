using SmartCache.Eviction;

namespace SmartCache.Tests.Eviction;

/// <summary>Runs a policy as the evictor does.</summary>
internal static class EvictionOrder
{
    public static Advice Advise(IEvictionPolicy policy, JobProtection? protection = null) => new(policy, protection);

    /// <summary>The keys in the order in which they would go.</summary>
    public static List<string> Of(Advice advisor, double hours, params EvictionCandidate[] candidates)
    {
        var plan = advisor.Plan(candidates, Candidates.At(hours));
        var keys = new List<string>();
        while (plan.TryNext(out _, out var candidate))
            keys.Add(candidate.Key);
        return keys;
    }
}
