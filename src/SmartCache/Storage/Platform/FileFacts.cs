namespace SmartCache.Storage.Platform;

/// <summary>What the file system says about a file. <see cref="ModifiedNanoseconds"/> counts from the Unix epoch.</summary>
internal readonly record struct FileFacts(
    FileKind Kind,
    ulong Device,
    ulong Inode,
    uint Links,
    long Length,
    long AllocatedBytes,
    long ModifiedNanoseconds,
    UnixFileMode Mode)
{
    /// <summary>When the inode was made, in nanoseconds since the Unix epoch; 0 where the file system does not say. Tells a file from a later one that was given its inode number.</summary>
    public long BornNanoseconds { get; init; }

    /// <summary>The user id it belongs to; <see langword="null"/> where there are none.</summary>
    public uint? Owner { get; init; }

    public DateTimeOffset Modified => DateTimeOffset.UnixEpoch.AddTicks(ModifiedNanoseconds / 100);

    /// <summary>Whether both are the same file with the same length and modification time: nobody wrote to it in between.</summary>
    public bool IsUnchangedFrom(in FileFacts earlier) =>
        Device == earlier.Device && Inode == earlier.Inode && Length == earlier.Length && ModifiedNanoseconds == earlier.ModifiedNanoseconds;
}
