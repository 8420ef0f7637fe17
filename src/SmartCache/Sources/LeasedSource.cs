using SmartCache.Storage;

namespace SmartCache.Sources;

/// <summary>The answer of a look-up. Disposable, so that one that arrives after its caller gave up lets its lease go.</summary>
internal sealed record LeasedSource(EntryLease? Lease, SourceMedia? Media, CacheOutcome Outcome, string Reason) : IDisposable
{
    public static LeasedSource None(string reason) => new(null, null, CacheOutcome.Miss, reason);

    public void Dispose() => Lease?.Dispose();
}
