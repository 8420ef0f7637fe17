namespace SmartCache.Configuration;

/// <summary>Free space to leave: bytes, or percent of the file system. Exactly one is set.</summary>
internal readonly record struct FreeSpaceFloor(long? Bytes, double? Percent)
{
    public long On(long fileSystemSize) => Bytes ?? (long)(fileSystemSize * (Percent!.Value / 100));
}
