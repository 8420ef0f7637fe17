namespace SmartCache.Space;

/// <summary>Why something cannot be reserved just now, or what is used too much already; with what the disk looked like.</summary>
/// <param name="IsUncounted">Nobody has counted yet what lies there.</param>
/// <param name="OverSize">Bytes too many for <c>MaxSize</c>.</param>
/// <param name="UnderFree">Bytes that are lacking to <c>MinFreeSpace</c>.</param>
/// <param name="Available">Bytes that the file system has left.</param>
/// <param name="Floor"><c>MinFreeSpace</c> in bytes.</param>
internal sealed record SpaceShortage(bool IsUncounted, long OverSize, long UnderFree, long Available, long Floor)
{
    public bool Exists => IsUncounted || OverSize > 0 || UnderFree > 0;
}
