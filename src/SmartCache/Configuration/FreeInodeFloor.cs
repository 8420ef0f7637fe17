namespace SmartCache.Configuration;

/// <summary>Free inodes to leave: a number, or percent of the file system's. Exactly one is set.</summary>
internal readonly record struct FreeInodeFloor(long? Count, double? Percent)
{
    /// <summary>A job makes a few dozen files at a time; less than this is none.</summary>
    public const long Least = 64;

    /// <summary>How many; 0 where the file system does not count them.</summary>
    public long On(long inodes) => inodes == 0 ? 0 : Math.Max(Least, Count ?? (long)(inodes * (Percent!.Value / 100)));
}
