using SmartCache.Eviction;

namespace SmartCache.Simulation;

/// <summary>A policy as the command line names it: <c>LRU</c> is the policy alone, <c>LRU+job</c> as the library runs it, with job protection around it.</summary>
internal sealed record SimulatedPolicy(string Name, string PolicyName, bool ProtectsJobs)
{
    private const string Suffix = "+job";

    private static readonly EvictionPolicyCatalog Catalog = new([]);

    /// <summary><c>COST</c> is never alone: without jobs it is another policy.</summary>
    public static SimulatedPolicy Parse(string text, bool noJobs)
    {
        var name = text.Trim();
        var asked = name.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase);
        var policyName = asked ? name[..^Suffix.Length] : name;
        if (!Catalog.TryFind(policyName, out var policy))
            throw new ArgumentException($"There is no policy '{policyName}'. There are {string.Join(", ", Catalog.Names)}, each also with {Suffix}.");
        if (policy is CostPolicy)
            return new SimulatedPolicy(policy.Name, policy.Name, true);
        var protects = asked && !noJobs;
        return new SimulatedPolicy(policy.Name + (protects ? Suffix : ""), policy.Name, protects);
    }

    public IEvictionPolicy Make() => Catalog.TryFind(PolicyName, out var policy) ? policy : throw new InvalidOperationException(PolicyName);
}
