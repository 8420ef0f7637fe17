namespace SmartCache.Storage.Platform;

/// <summary>What a mounted file system has.</summary>
/// <param name="AvailableBytes">Free for this user: blocks reserved for the superuser are not in it.</param>
/// <param name="TotalBytes">Its size.</param>
internal readonly record struct DiskFacts(long AvailableBytes, long TotalBytes)
{
    /// <summary>Files that can still be made; means nothing where <see cref="TotalInodes"/> is 0.</summary>
    public long FreeInodes { get; init; }

    /// <summary>How many files there can be; 0 where the file system has no such number, as btrfs.</summary>
    public long TotalInodes { get; init; }
}
