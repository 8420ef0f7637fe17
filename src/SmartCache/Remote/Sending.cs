namespace SmartCache.Remote;

/// <summary>What the attempt to send an entry came to.</summary>
internal enum Sending
{
    /// <summary>It is there, or nothing is left that could be sent.</summary>
    Ended,

    /// <summary>The store rests: it goes out when that works again.</summary>
    Later,

    /// <summary>It went out and did not arrive: it is tried again after a pause.</summary>
    Failed,

    /// <summary>The store is well, and has no room for this one.</summary>
    NoRoom,

    /// <summary>The store is well, and does not take this one.</summary>
    Refused,
}
