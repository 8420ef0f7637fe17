namespace SmartCache.Storage;

/// <summary>What is done with an entry that was not given out.</summary>
internal enum EntryAftermath
{
    Leave,

    /// <summary>It is proven wrong, and goes to quarantine.</summary>
    Quarantine,

    /// <summary>It cannot be read, and makes way.</summary>
    MakeWay,

    /// <summary>It is condemned, and goes if this was the last lease.</summary>
    FinishCondemned,
}
