using System.Text.Json;

namespace SmartCache;

/// <summary>Says which entries go first when space is short.</summary>
/// <remarks>
/// Register an implementation as a singleton and name it in <see cref="CacheOptions.EvictionPolicy"/>. Limits, leases and the protection of unfinished work are
/// around every policy and not its business. The cache calls a policy from one thread at a time. A policy that throws harms no job: the order of last access is
/// used instead, and the log says so.
/// </remarks>
public interface IEvictionPolicy
{
    /// <summary>The name under which the settings find it, whatever the case of its letters.</summary>
    string Name { get; }

    /// <summary>Whether the ranks count for protected candidates too.</summary>
    /// <remarks>
    /// False by default: then these go by the seconds per byte that it takes to make them again, the cheapest first, and only the others by their rank.
    /// </remarks>
    bool RanksProtected => false;

    /// <summary>Gives every candidate its rank: the lowest goes first, of equal ones that whose last access is longest ago.</summary>
    /// <remarks>Protected candidates are compared only with each other, and go after all others.</remarks>
    /// <param name="candidates">Some or all entries of the cache, and possibly one that wants to get in.</param>
    /// <param name="now">The time of the decision.</param>
    /// <param name="ranks">To be filled, one for each candidate, in their order. NaN counts as the lowest.</param>
    void Rank(ReadOnlySpan<EvictionCandidate> candidates, DateTimeOffset now, Span<double> ranks);

    /// <summary>Is told what happens in the cache, about in order of time.</summary>
    /// <remarks>Events of other processes come late or not at all. Does nothing by default.</remarks>
    /// <param name="cacheEvent">What happened.</param>
    void Observe(in CacheEvent cacheEvent)
    {
    }

    /// <summary>What the policy wants to know again after a restart.</summary>
    /// <remarks>Should stay below 1 MB. Nothing by default.</remarks>
    /// <returns>The state, or null for none.</returns>
    JsonElement? SaveState() => null;

    /// <summary>Takes back what <see cref="SaveState"/> returned in this or another process; may be told something older or damaged.</summary>
    /// <remarks>Does nothing by default.</remarks>
    /// <param name="state">The saved state.</param>
    void LoadState(JsonElement state)
    {
    }
}
