namespace SmartCache.Tool.Views;

/// <summary>One policy in a cache of one size.</summary>
internal sealed record ReplayRunView(string Policy, long SizeBytes, long Hits, double SparedSeconds, double SparedShare, long Evictions);
