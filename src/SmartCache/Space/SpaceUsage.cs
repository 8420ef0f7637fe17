namespace SmartCache.Space;

/// <summary>What the cache takes, over all processes.</summary>
/// <param name="Counted">Closed files; <see langword="null"/> before the first count.</param>
/// <param name="Partials">Downloads that are under way or were cut off.</param>
/// <param name="Reserved">Entries in the making.</param>
/// <param name="Writes">Of these, what is still to be written, by device.</param>
/// <param name="Inodes">Files and directories that are still to be made for them, by device.</param>
internal sealed record SpaceUsage(long? Counted, long Partials, long Reserved, IReadOnlyDictionary<string, long> Writes, IReadOnlyDictionary<string, long> Inodes)
{
    public long Total => (Counted ?? 0) + Partials + Reserved;
}
