namespace SmartCache;

/// <summary>What the cache takes, over all processes, and what it may.</summary>
/// <remarks>Later versions may have more properties.</remarks>
public sealed record InspectedSpace
{
    /// <summary>Bytes that the cache takes, by its account; <see langword="null"/> where nobody has counted since the machine was started.</summary>
    public long? UsedBytes { get; init; }

    /// <summary>Bytes that living processes have reserved for what they are about to store.</summary>
    public long ReservedBytes { get; init; }

    /// <summary><c>MaxSize</c> of the options that the inspector was given, in bytes.</summary>
    public long LimitBytes { get; init; }

    /// <summary>Bytes that the root's file system has left for this user.</summary>
    public long AvailableBytes { get; init; }

    /// <summary>Bytes of all file systems' floors: what <c>MinFreeSpace</c> wants to be left on that of the root.</summary>
    public long FloorBytes { get; init; }
}
