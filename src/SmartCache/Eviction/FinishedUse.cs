namespace SmartCache.Eviction;

/// <summary>What is remembered of a key whose jobs have ended, whether or not the entry is still there.</summary>
internal struct FinishedUse
{
    public EntryKind Kind { get; init; }

    public DateTimeOffset LastSeen { get; set; }

    /// <summary>All its jobs have ended and nobody has asked for it since.</summary>
    public bool Idle { get; set; }
}
