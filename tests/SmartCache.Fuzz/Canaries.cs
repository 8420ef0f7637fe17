using System.Security.Cryptography;
using SmartCache.Storage.Platform;

namespace SmartCache.Fuzz;

/// <summary>Files and directories above and beside the cache that nothing may touch: what they are is taken once and compared after each batch.</summary>
internal sealed class Canaries
{
    // What the fuzzer itself works in.
    private static readonly string[] Cages = ["cache", "work", "fifo"];

    private readonly string _home;
    private readonly SortedDictionary<string, string> _before;

    /// <param name="home">The directory that holds the cache and, beside it, the canaries.</param>
    public Canaries(string home)
    {
        _home = home;
        Directory.CreateDirectory(Outside);
        Directory.CreateDirectory(Path.Combine(Outside, "deep", "er"));
        for (var i = 0; i < 8; i++)
        {
            File.WriteAllText(Path.Combine(home, $"beside-{i}.json"), $"canary {i}");
            File.WriteAllText(Path.Combine(Outside, $"{i:x32}.json"), $"canary {i}");
            File.WriteAllText(Path.Combine(Outside, "deep", "er", $"{i}.ts"), $"canary {i}");
        }

        File.WriteAllText(Target, "the target of planted links");
        Directory.CreateDirectory(TargetDirectory);
        File.WriteAllText(Path.Combine(TargetDirectory, "index.m3u8"), "a canary too");
        foreach (var path in Directory.EnumerateFileSystemEntries(home, "*", SearchOption.AllDirectories).Where(IsCanary))
        {
            File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddYears(50));
        }

        _before = Look();
    }

    /// <summary>What planted links lead to.</summary>
    public string Target => Path.Combine(_home, "outside-file");

    public string TargetDirectory => Path.Combine(_home, "outside-directory");

    private string Outside => Path.Combine(_home, "outside");

    public void Check()
    {
        var now = Look();
        var changed = _before.Keys.Union(now.Keys).Where(path => _before.GetValueOrDefault(path) != now.GetValueOrDefault(path)).ToList();
        FuzzFailureException.Unless(changed.Count == 0, $"outside of the cache was touched: {string.Join(", ", changed.Take(5).Select(path => $"{path} ({_before.GetValueOrDefault(path)} -> {now.GetValueOrDefault(path)})"))}");
    }

    private bool IsCanary(string path) => !Cages.Contains(Path.GetRelativePath(_home, path).Split(Path.DirectorySeparatorChar)[0]);

    private SortedDictionary<string, string> Look()
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFileSystemEntries(_home, "*", SearchOption.TopDirectoryOnly).Where(IsCanary))
        {
            Look(path, found);
        }

        return found;
    }

    private static void Look(string path, SortedDictionary<string, string> found)
    {
        var facts = FileSystem.Current.Stat(path)!.Value;
        var content = facts.Kind == FileKind.Regular ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))[..16] : "";
        found[path] = $"{facts.Kind} {facts.Mode} {facts.Links} {facts.ModifiedNanoseconds} {content}";
        if (facts.Kind == FileKind.Directory)
        {
            foreach (var child in Directory.EnumerateFileSystemEntries(path))
            {
                Look(child, found);
            }
        }
    }
}
