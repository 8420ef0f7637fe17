namespace SmartCache.Storage;

internal enum EntryVerdict
{
    /// <summary>As the manifest says.</summary>
    Intact,

    /// <summary>The bytes are right; only modification times differ.</summary>
    Touched,

    /// <summary>Read and proven wrong.</summary>
    Wrong,

    /// <summary>Somebody wrote to it, or set its time, while it was read: nothing is proven.</summary>
    Changing,

    /// <summary>The disk does not give its bytes: nothing is proven, and it is out of the way.</summary>
    Unreadable,
}
