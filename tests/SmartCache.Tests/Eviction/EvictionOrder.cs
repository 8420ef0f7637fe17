using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Eviction;

namespace SmartCache.Tests.Eviction;

/// <summary>Runs a policy as the evictor does.</summary>
internal static class EvictionOrder
{
    public static EvictionAdvisor Advise(IEvictionPolicy policy, JobProtection? protection = null) =>
        new(policy, protection ?? JobProtection.Default, TimeSpan.FromDays(7), NullLogger.Instance);

    /// <summary>The keys in the order in which they would go.</summary>
    public static List<string> Of(EvictionAdvisor advisor, double hours, params EvictionCandidate[] candidates)
    {
        var plan = advisor.Plan(candidates, Candidates.At(hours));
        var keys = new List<string>();
        while (plan.TryNext(out _, out var candidate))
            keys.Add(candidate.Key);
        return keys;
    }
}
