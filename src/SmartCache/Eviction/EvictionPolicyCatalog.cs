using System.Diagnostics.CodeAnalysis;

namespace SmartCache.Eviction;

/// <summary>The policies by name: the worker's own and those of the library. A worker's policy wins over one of the library of the same name.</summary>
internal sealed class EvictionPolicyCatalog
{
    private static readonly Dictionary<string, Func<IEvictionPolicy>> BuiltIn = new(StringComparer.OrdinalIgnoreCase)
    {
        ["LRU"] = () => new LruPolicy(),
        ["FIFO"] = () => new FifoPolicy(),
        ["SIZE"] = () => new SizePolicy(),
        ["COST"] = () => new CostPolicy(),
    };

    private readonly Dictionary<string, IEvictionPolicy> _registered = new(StringComparer.OrdinalIgnoreCase);

    public EvictionPolicyCatalog(IEnumerable<IEvictionPolicy> registered)
    {
        foreach (var policy in registered)
            _registered[policy.Name] = policy;
    }

    /// <summary>Every name that can be asked for, in alphabetical order.</summary>
    public IReadOnlyList<string> Names =>
        [.. BuiltIn.Keys.Concat(_registered.Keys).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase)];

    /// <summary>A policy by name, whatever the case. One of the library is new each time, because it has a state of its own.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out IEvictionPolicy? policy)
    {
        name = name.Trim();
        if (!_registered.TryGetValue(name, out policy) && BuiltIn.TryGetValue(name, out var make))
            policy = make();
        return policy is not null;
    }
}
