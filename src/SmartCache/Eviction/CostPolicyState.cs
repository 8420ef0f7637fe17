namespace SmartCache.Eviction;

/// <summary>What <see cref="CostPolicy"/> keeps over a restart.</summary>
internal sealed record CostPolicyState
{
    public List<AgeingStep?>? Ageing { get; init; }

    public FinishedUseTableState? Uses { get; init; }

    /// <summary>Not there where an earlier version saved the state: what it knew of single keys is learned anew for videos.</summary>
    public VideoUseTableState? Videos { get; init; }
}
