namespace SmartCache.Jobs;

/// <summary>All that is read of a file before it is known to be ours.</summary>
internal sealed record JobFileVersion(int FormatVersion);
