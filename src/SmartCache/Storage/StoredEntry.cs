namespace SmartCache.Storage;

/// <summary>What maintenance needs to know of an entry.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Allocated blocks of its files, each inode once.</param>
/// <param name="CostSeconds">Wall seconds that making it took.</param>
/// <param name="Created">When it was stored.</param>
/// <param name="LastAccess">When it was last given out or stored, to the minute; never in the future.</param>
internal sealed record StoredEntry(string Name, long Bytes, double CostSeconds, DateTimeOffset Created, DateTimeOffset LastAccess)
{
    /// <summary>Of the manifest: the same one says the same; 0 where the file system has none.</summary>
    public ulong Inode { get; init; }

    /// <summary>Whether it was read from this manifest: where inodes have no birthday, the modification time tells.</summary>
    public bool IsOf(in Platform.FileFacts manifest) =>
        Inode == manifest.Inode && Inode != 0 && Born == manifest.BornNanoseconds && (Born != 0 || LastAccess == manifest.Modified);

    /// <summary>Of the manifest's inode: file systems give the number of a deleted file to the next one.</summary>
    public long Born { get; init; }
}
