namespace SmartCache.Space;

/// <summary>Why something cannot be reserved just now, or what is used too much already.</summary>
/// <param name="IsUncounted">Nobody has counted yet what lies there.</param>
/// <param name="OverSize">Bytes too many for <c>MaxSize</c>.</param>
/// <param name="UnderFree">Bytes that are lacking to <c>MinFreeSpace</c>.</param>
internal readonly record struct SpaceShortage(bool IsUncounted, long OverSize, long UnderFree)
{
    public bool Exists => IsUncounted || OverSize > 0 || UnderFree > 0;
}
