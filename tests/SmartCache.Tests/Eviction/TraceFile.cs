namespace SmartCache.Tests.Eviction;

/// <summary>The workloads, which are not part of the repository: from <c>SMARTCACHE_TRACES</c>, or <c>shared/traces</c> in a directory above.</summary>
internal static class TraceFile
{
    public static string? Find(string relativePath)
    {
        if (Environment.GetEnvironmentVariable("SMARTCACHE_TRACES") is { Length: > 0 } configured)
            return Existing(Path.Combine(configured, relativePath));
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (Existing(Path.Combine(directory.FullName, "shared", "traces", relativePath)) is { } found)
                return found;
        }

        return null;
    }

    private static string? Existing(string path) => File.Exists(path) ? path : null;
}
