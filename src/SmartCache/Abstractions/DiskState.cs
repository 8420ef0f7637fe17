namespace SmartCache;

/// <summary>The file system that a layer lies on, whoever fills it.</summary>
public sealed record DiskState
{
    /// <summary>Bytes that it has left for the worker's user.</summary>
    public long FreeBytes { get; init; }

    /// <summary><c>MinFreeSpace</c> in bytes; 0 = no floor.</summary>
    public long FloorBytes { get; init; }

    /// <summary>Files and directories that can still be made there; 0 where <see cref="FloorInodes"/> is 0.</summary>
    public long FreeInodes { get; init; }

    /// <summary><c>MinFreeInodes</c> as a number; 0 where the file system does not count them.</summary>
    public long FloorInodes { get; init; }
}
