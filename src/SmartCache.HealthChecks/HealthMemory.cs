using System.Collections.Concurrent;

namespace SmartCache.HealthChecks;

/// <summary>What each check of a container was told before. A check itself is made anew for each question.</summary>
internal sealed class HealthMemory
{
    private readonly ConcurrentDictionary<string, StateSamples> _samples = new(StringComparer.Ordinal);

    /// <param name="check">The check's name.</param>
    public StateSamples Of(string check) => _samples.GetOrAdd(check, static _ => new StateSamples());
}
