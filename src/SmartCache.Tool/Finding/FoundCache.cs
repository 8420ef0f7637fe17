namespace SmartCache.Tool.Finding;

/// <summary>Where the cache should be.</summary>
/// <param name="Options">The settings that lead there.</param>
/// <param name="Directory">The full path.</param>
/// <param name="Looked">Where it was looked for, one line each.</param>
internal sealed record FoundCache(CacheOptions Options, string Directory, IReadOnlyList<string> Looked);
