namespace SmartCache;

/// <summary>How the cache uses an object store that a pool of workers shares.</summary>
public enum RemoteMode
{
    /// <summary>Not at all.</summary>
    Off,

    /// <summary>Reads from it before a stage works, and sends what was made.</summary>
    ReadWrite,

    /// <summary>Reads, and sends nothing. The local cache is written as always.</summary>
    ReadOnly,

    /// <summary>Sends, and reads nothing.</summary>
    WriteOnly,

    /// <summary>Asks, and counts what would have hit; moves no payload and writes nothing.</summary>
    Observe,
}
