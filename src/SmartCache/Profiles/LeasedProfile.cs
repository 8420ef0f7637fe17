using SmartCache.Abstractions;
using SmartCache.Storage;

namespace SmartCache.Profiles;

/// <summary>The answer of a look-up. Disposable, so that one that arrives after its caller gave up lets its lease go.</summary>
internal sealed record LeasedProfile(EntryLease? Lease, Reason Reason) : IDisposable
{
    public void Dispose() => Lease?.Dispose();
}
