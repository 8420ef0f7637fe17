namespace SmartCache.Tool.Views;

/// <summary><c>evict --dry-run --json</c>.</summary>
internal sealed record EvictionView(string Directory, string Policy, long UsedBytes, long LimitBytes, int Leased, bool IsEnough, IReadOnlyList<VictimView> Victims);
