namespace SmartCache.Space;

/// <summary>Why an entry gets no space.</summary>
internal enum SpaceRefusal
{
    /// <summary>It got some.</summary>
    None,

    /// <summary>The account cannot be read or written; the boundary has said why.</summary>
    Unavailable,

    /// <summary>Somebody else is about to make room, and shows no sign of life.</summary>
    Busy,

    /// <summary>The entry alone is more than <c>MaxSize</c>.</summary>
    TooLarge,

    /// <summary>What would have to go for it is worth more, to the policy or to unfinished jobs.</summary>
    NotWorthIt,

    /// <summary>What could go is in use, or frees nothing.</summary>
    NothingToEvict,
}
