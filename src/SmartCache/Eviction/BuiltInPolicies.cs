namespace SmartCache.Eviction;

/// <summary>Finds a policy by name: the worker's own first, then the library's. Interim until the catalogue with COST is merged.</summary>
internal static class BuiltInPolicies
{
    public static IEvictionPolicy Find(string name, IReadOnlyList<IEvictionPolicy> registered) =>
        registered.FirstOrDefault(policy => policy.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? name.ToUpperInvariant() switch { "FIFO" => new FifoPolicy(), "SIZE" => new SizePolicy(), _ => new LruPolicy() };
}
