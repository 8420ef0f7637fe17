namespace SmartCache.Tests.Stages;

/// <summary>A directory of one test, removed with all that is in it.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    public ScratchDirectory() => Directory.CreateDirectory(Root);

    public string Root { get; } = Path.Combine(Path.GetTempPath(), "smartcache-stages-" + Guid.NewGuid().ToString("N"));

    public string this[string name] => Path.Combine(Root, name);

    /// <summary>All files and directories below, relative, sorted.</summary>
    public IReadOnlyList<string> Entries(string below = "") =>
        Directory.Exists(this[below])
            ? [.. Directory.EnumerateFileSystemEntries(this[below], "*", SearchOption.AllDirectories).Select(entry => Path.GetRelativePath(this[below], entry)).Order(StringComparer.Ordinal)]
            : [];

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
