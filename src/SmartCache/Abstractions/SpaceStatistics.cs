namespace SmartCache;

/// <summary>What the cache takes on the disk, over all processes that share it. Never less than the truth: entries count in full, also where their blocks are shared with others.</summary>
/// <param name="UsedBytes">Entries, records, partial downloads, what is about to be deleted, and <paramref name="ReservedBytes"/>.</param>
/// <param name="ReservedBytes">Of these, what is reserved for entries in the making.</param>
/// <param name="LimitBytes"><c>MaxSize</c>.</param>
public sealed record SpaceStatistics(long UsedBytes, long ReservedBytes, long LimitBytes);
