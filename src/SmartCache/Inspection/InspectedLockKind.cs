namespace SmartCache;

/// <summary>What a lock is for.</summary>
public enum InspectedLockKind
{
    /// <summary>Any other.</summary>
    Other,

    /// <summary>An entry is in use, or, where it is exclusive, about to be moved away.</summary>
    Lease,

    /// <summary>Something is being made; the others wait.</summary>
    Producer,

    /// <summary>A process has the layer open.</summary>
    Worker,

    /// <summary>A clean-up or an eviction is under way.</summary>
    Eviction,

    /// <summary>The background verification is under way.</summary>
    Verification,
}
