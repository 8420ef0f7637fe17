using System.Collections;

namespace SmartCache.Configuration;

/// <summary>The names that the setting <c>EvictionPolicy</c> may have.</summary>
internal sealed class EvictionPolicyNames(params IEnumerable<string> names) : IEnumerable<string>
{
    private readonly string[] _names = [.. names];

    public IEnumerator<string> GetEnumerator() => _names.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
