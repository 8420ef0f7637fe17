namespace SmartCache.Storage.Platform;

/// <summary>What the file system says about a file.</summary>
internal readonly record struct FileFacts
{
    public FileKind Kind { get; init; }

    public ulong Device { get; init; }

    public ulong Inode { get; init; }

    public uint Links { get; init; }

    public long Length { get; init; }

    public long AllocatedBytes { get; init; }

    /// <summary>When it was written to last, in nanoseconds since the Unix epoch.</summary>
    public long ModifiedNanoseconds { get; init; }

    public UnixFileMode Mode { get; init; }

    /// <summary>When the inode was made, in nanoseconds since the Unix epoch; 0 where the file system does not say. Tells a file from a later one that was given its inode number.</summary>
    public long BornNanoseconds { get; init; }

    /// <summary>The user that the file belongs to; <see langword="null"/> where there are none.</summary>
    public uint? Owner { get; init; }

    /// <summary>Whether the time was old enough when these facts were looked at: every write after that look shows in it (<see cref="SettledTime"/>).</summary>
    public bool IsSettled { get; init; }

    /// <summary>Who may read, write and execute it, without the bits for anything else.</summary>
    public UnixFileMode Permissions => Mode & (UnixFileMode)0b111_111_111;

    public DateTimeOffset Modified => DateTimeOffset.UnixEpoch.AddTicks(ModifiedNanoseconds / 100);

    /// <summary>Which file it is, whatever is in it.</summary>
    public FileIdentity Identity => new(Device, Inode, BornNanoseconds);

    /// <summary>
    /// Whether it belongs to this user and has these permissions; of <see langword="null"/>, any. All names of a file share owner and permissions,
    /// so that a name of such a file is as good as a file that the caller made itself.
    /// </summary>
    public bool IsOwn(uint? user, UnixFileMode? permissions) => Owner == user && (permissions is not { } wanted || Permissions == wanted);

    /// <summary>Whether nobody wrote to the file between the earlier look and this one. False also where the earlier time was too young to tell.</summary>
    public bool IsUnchangedFrom(in FileFacts earlier) => earlier.IsSettled && IsSameAs(earlier);

    /// <summary>Whether both are the same file with the same length and modification time; by itself no proof that nobody wrote to it.</summary>
    public bool IsSameAs(in FileFacts earlier) =>
        IsSameFileAs(earlier) && Length == earlier.Length && ModifiedNanoseconds == earlier.ModifiedNanoseconds;

    /// <summary>Whether both are one file now: of two looks at different times, see <see cref="Identity"/>.</summary>
    public bool IsSameFileAs(in FileFacts other) => Device == other.Device && Inode == other.Inode;
}
