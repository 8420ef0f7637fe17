using SmartCache.Configuration;
using SmartCache.Storage.Platform;

namespace SmartCache.Space;

/// <summary>Why something cannot be reserved just now, or what is used too much already; with what the disk looked like.</summary>
/// <param name="IsUncounted">Nobody has counted yet what lies there.</param>
/// <param name="OverSize">Bytes too many for <c>MaxSize</c>.</param>
/// <param name="UnderFree">Bytes that are lacking to <c>MinFreeSpace</c>.</param>
/// <param name="Available">Bytes that the file system has left.</param>
/// <param name="Floor"><c>MinFreeSpace</c> in bytes.</param>
internal sealed record SpaceShortage(bool IsUncounted, long OverSize, long UnderFree, long Available, long Floor)
{
    /// <summary>An eviction goes down to nine tenths of <c>MaxSize</c>, and up to eleven tenths of <c>MinFreeSpace</c> and <c>MinFreeInodes</c>.</summary>
    public const int Slack = 10;

    /// <summary>Inodes that are lacking to <c>MinFreeInodes</c>.</summary>
    public long UnderInodes { get; init; }

    /// <summary>Inodes that the file system has left.</summary>
    public long FreeInodes { get; init; }

    /// <summary><c>MinFreeInodes</c> as a number; 0 where the file system does not count them.</summary>
    public long InodeFloor { get; init; }

    public bool Exists => IsUncounted || OverSize > 0 || IsOfTheDisk;

    /// <summary>Whether the disk lacks something, whoever fills it.</summary>
    public bool IsOfTheDisk => UnderFree > 0 || UnderInodes > 0;

    /// <summary>What a disk lacks, with so many bytes and inodes that are promised already.</summary>
    public static SpaceShortage On(in DiskFacts disk, CacheSettings settings, bool isUncounted, long overSize, long toBeWritten, long toBeMade)
    {
        var floor = settings.MinFreeSpace.On(disk.TotalBytes);
        var inodes = settings.MinFreeInodes.On(disk.TotalInodes);
        return new SpaceShortage(isUncounted, overSize, floor + toBeWritten - disk.AvailableBytes, disk.AvailableBytes, floor)
        {
            UnderInodes = inodes == 0 ? 0 : inodes + toBeMade - disk.FreeInodes,
            FreeInodes = disk.FreeInodes,
            InodeFloor = inodes,
        };
    }

    /// <summary>Whether the disk has more left than it had then.</summary>
    public bool HasGrownSince(SpaceShortage before) => Available > before.Available || FreeInodes > before.FreeInodes;
}
