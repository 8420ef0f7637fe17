namespace SmartCache.Storage.Platform;

/// <summary>
/// Tells a file or a directory from one that has its name later. The inode's number alone says little, because the next file is often given it.
/// Of an entry that is its directory, which is renamed into place and stays the same one: its manifest is replaced when times are refreshed.
/// </summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, long Born);
