namespace SmartCache.Fuzz;

/// <summary>Valid files of every kind, made by the library itself in one job.</summary>
internal sealed class FuzzCorpus
{
    private readonly Dictionary<string, byte[]> _files = [];

    public FuzzCorpus(string home)
    {
        Directory.CreateDirectory(home);
        using (var cache = new FuzzCache(home))
        {
            cache.RunJobAsync().GetAwaiter().GetResult();
            cache.Manager.CleanupAsync().GetAwaiter().GetResult();
            foreach (var verifier in cache.Manager.Verifiers)
            {
                verifier.RunAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
            }

            foreach (var path in Directory.EnumerateFiles(cache.Root, "*", SearchOption.AllDirectories).Where(static path => !path.Contains("/locks/", StringComparison.Ordinal)))
            {
                _files[Path.GetRelativePath(cache.Root, path)] = File.ReadAllBytes(path);
            }
        }

        Directory.Delete(home, recursive: true);
    }

    /// <summary>Relative paths and contents.</summary>
    public IReadOnlyDictionary<string, byte[]> Files => _files;

    /// <summary>The files whose path holds a text; there is at least one.</summary>
    public byte[][] Of(string part)
    {
        byte[][] found = [.. _files.Where(pair => pair.Key.Contains(part, StringComparison.Ordinal)).OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => pair.Value)];
        return found.Length > 0 ? found : throw new InvalidOperationException($"The library made no {part}; it made {string.Join(", ", _files.Keys)}.");
    }
}
