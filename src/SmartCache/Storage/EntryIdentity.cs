using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// Tells an entry from one that was published later under the same name. By the directory, which is renamed into place and stays the same one: its manifest
/// is replaced when times are refreshed. The number alone says little, because the next directory is often given it.
/// </summary>
internal readonly record struct EntryIdentity(ulong Device, ulong Inode, long Born)
{
    public static EntryIdentity Of(in FileFacts directory) => new(directory.Device, directory.Inode, directory.BornNanoseconds);
}
