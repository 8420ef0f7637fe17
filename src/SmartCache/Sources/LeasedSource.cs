using SmartCache.Abstractions;
using SmartCache.Storage;

namespace SmartCache.Sources;

/// <summary>The answer of a look-up. Disposable, so that one that arrives after its caller gave up lets its lease go.</summary>
internal sealed record LeasedSource(EntryLease? Lease, SourceMedia? Media, CacheOutcome Outcome, Reason Reason) : IDisposable
{
    /// <summary>
    /// Whether what the probe said is gone although the entry is there: a power cut, damage, a newer version's file. A recipe made without the facts
    /// would be another one, so the probe is asked again.
    /// </summary>
    public bool HasLostFacts { get; init; }

    public static LeasedSource None(Reason reason) => new(null, null, CacheOutcome.Miss, reason);

    public void Dispose() => Lease?.Dispose();
}
