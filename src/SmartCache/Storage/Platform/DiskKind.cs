namespace SmartCache.Storage.Platform;

/// <summary>What kind of file system is mounted.</summary>
/// <param name="Format">Its name, such as <c>ext4</c>.</param>
/// <param name="Place">Whether it lies on a disk, in memory or behind a network.</param>
internal readonly record struct DiskKind(string Format, DriveType Place);
