using Microsoft.Extensions.Logging;
using SmartCache.Eviction;

namespace SmartCache.Maintenance;

/// <summary>Puts candidates into the order in which they go: unprotected before protected, then by the policy's rank, then by last access.</summary>
internal static class EvictionOrder
{
    public static IReadOnlyList<EvictionCandidate> Of(EvictionCandidate[] candidates, IEvictionPolicy policy, DateTimeOffset now, ILogger logger)
    {
        var ranks = new double[candidates.Length];
        try
        {
            policy.Rank(candidates, now, ranks);
        }
        catch (Exception exception)
        {
            MaintenanceLog.PolicyFailed(logger, policy.Name, exception.GetType().Name);
            new LruPolicy().Rank(candidates, now, ranks);
        }

        return
        [
            .. Enumerable.Range(0, candidates.Length)
                .OrderBy(index => candidates[index].IsProtected)
                .ThenBy(index => ranks[index])
                .ThenBy(index => candidates[index].LastAccess)
                .Select(index => candidates[index]),
        ];
    }
}
