namespace SmartCache.Benchmarks;

/// <summary>A directory for one run, gone at its end.</summary>
internal sealed class Scratch : IDisposable
{
    public Scratch(string directory)
    {
        Root = Path.Combine(directory, "smartcache-bench-" + Guid.NewGuid().ToString("N")[..8]);
        Directory.CreateDirectory(Root);
    }

    public string Root { get; }

    public string this[string name] => Path.Combine(Root, name);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
