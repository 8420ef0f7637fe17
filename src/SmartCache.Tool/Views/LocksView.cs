namespace SmartCache.Tool.Views;

/// <summary>Locks of one kind that are held.</summary>
internal sealed record LocksView(InspectedLockKind Kind, int Count, DateTimeOffset? Since, IReadOnlyList<int> ProcessIds);
