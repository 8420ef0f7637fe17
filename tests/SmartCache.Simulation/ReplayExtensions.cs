namespace SmartCache.Simulation;

/// <summary>Replays with a policy as the command line names it, or with one of one's own.</summary>
internal static class ReplayExtensions
{
    extension(Replay)
    {
        /// <param name="trace">The workload.</param>
        /// <param name="capacity">Bytes that the cache holds.</param>
        /// <param name="policy">The policy.</param>
        /// <param name="lowWater">The share of the capacity down to which an eviction goes on; 1 = only as far as needed.</param>
        /// <param name="costNoise">By key, what the policy is told the cost is multiplied by.</param>
        public static ReplayResult Run(Trace trace, long capacity, SimulatedPolicy policy, double lowWater = 1, IReadOnlyDictionary<string, double>? costNoise = null) =>
            Replay.Run(trace, new SimulatedCache(capacity, policy.Make(), policy.ProtectsJobs, lowWater, costNoise), policy.Name);

        /// <summary>The same with a policy of one's own.</summary>
        public static ReplayResult Run(Trace trace, long capacity, IEvictionPolicy policy, bool protectsJobs) =>
            Replay.Run(trace, new SimulatedCache(capacity, policy, protectsJobs), policy.Name);
    }
}
