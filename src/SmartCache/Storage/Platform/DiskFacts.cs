namespace SmartCache.Storage.Platform;

/// <summary>What a mounted file system has.</summary>
/// <param name="AvailableBytes">Free for this user: blocks reserved for the superuser are not in it.</param>
/// <param name="TotalBytes">Its size.</param>
/// <param name="Format">Its name, such as <c>ext4</c>.</param>
/// <param name="Kind">Whether it lies on a disk, in memory or behind a network.</param>
internal readonly record struct DiskFacts(long AvailableBytes, long TotalBytes, string Format, DriveType Kind);
