using System.Text.Json;

namespace SmartCache.Eviction;

/// <summary>What eviction keeps over a restart, as part of <c>metadata.json</c>. Its loss costs only quality.</summary>
internal sealed record EvictionState
{
    /// <summary>Name of the policy that <see cref="PolicyState"/> belongs to.</summary>
    public string? Policy { get; init; }

    public JsonElement? PolicyState { get; init; }

    /// <summary>What <see cref="SilenceOdds"/> counted, whatever the policy.</summary>
    public double SilentEntries { get; init; }

    public double SilentReturns { get; init; }
}
