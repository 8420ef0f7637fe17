namespace SmartCache.Torture.WeakDisk;

/// <summary>Something that happened to a disk, in order.</summary>
internal abstract record WeakEvent;

/// <summary>Names that change in one step: taken out of directories and put into others.</summary>
/// <param name="Call">The system call.</param>
/// <param name="Removed">Out of which directory, and its name there.</param>
/// <param name="Set">Into which directory, its name there, and what bears it.</param>
internal sealed record NameEvent(string Call, (WeakDirectory Directory, string Name)? Removed, (WeakDirectory Directory, string Name, WeakNode Node)? Set) : WeakEvent;

/// <summary>A file has other bytes or another time.</summary>
internal sealed record BytesEvent(WeakFile File, WeakBytes Bytes) : WeakEvent;

/// <summary>A file, or the names in a directory, are on the disk from here on.</summary>
/// <param name="Node">Which.</param>
/// <param name="Kind">What kind of file it is and what is made durable: the same flush in the code has the same kind.</param>
internal sealed record FlushEvent(WeakNode Node, string Kind) : WeakEvent;

/// <summary>The outside world was told something: so many bytes lie in each of the notes beside the disk.</summary>
internal sealed record ToldEvent(IReadOnlyDictionary<string, byte[]> Notes) : WeakEvent;
