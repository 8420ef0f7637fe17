namespace SmartCache.Maintenance;

/// <summary>What is left of an entry that eviction took: what it would cost to be asked for it again.</summary>
/// <param name="Layer">Its layer.</param>
/// <param name="Entry">Its name, which is a hash.</param>
/// <param name="Bytes">What its files took.</param>
/// <param name="CostSeconds">Wall seconds that making it took; 0 where unknown.</param>
/// <param name="EvictedAt">When it went.</param>
/// <param name="Reason">The setting for which it went.</param>
/// <param name="Policy">The policy that chose it.</param>
internal sealed record Tombstone(string Layer, string Entry, long Bytes, double CostSeconds, DateTimeOffset EvictedAt, string Reason, string Policy);
