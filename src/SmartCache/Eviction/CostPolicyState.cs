namespace SmartCache.Eviction;

/// <summary>What <see cref="CostPolicy"/> keeps over a restart.</summary>
internal sealed record CostPolicyState
{
    public List<AgeingStep?>? Ageing { get; init; }

    public FinishedUseTableState? Uses { get; init; }
}
