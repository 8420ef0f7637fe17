namespace SmartCache.Torture.Tracing;

/// <summary>What becomes of the calls after the one that was struck.</summary>
internal enum Afterwards
{
    /// <summary>They are made.</summary>
    Nothing,

    /// <summary>Those of its kind fail too: a disk that stays full.</summary>
    ItsKind,

    /// <summary>All fail: a disk that died.</summary>
    All,

    /// <summary>One more fails.</summary>
    OneMore,
}
