using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SmartCache.Benchmarks;

/// <summary>
/// The baseline: a cache as the original design describes it. MD5 of the whole file at each look-up and once per profile, copies into and out of the cache,
/// and one JSON file for all metadata that is read at each look-up and rewritten at each change, which a last access is. No locks, no flushing.
/// </summary>
internal sealed class OriginalDesign
{
    private const int OtherEntries = 500;
    private readonly string _root;
    private readonly string _metadata;

    public OriginalDesign(string root)
    {
        _root = root;
        _metadata = Path.Combine(root, "metadata.json");
        Directory.CreateDirectory(root);
        Save(Enumerable.Range(0, OtherEntries).ToDictionary(static i => Md5($"entry {i}"), static i => new Entry(Md5($"content {i}"), i, 1 + (i % 200), DateTime.UtcNow, DateTime.UtcNow)));
    }

    public void AddSource(string url, string file)
    {
        File.Copy(file, PathOf(Md5(url)), overwrite: true);
        Change(Md5(url), new Entry(Md5OfFile(file), new FileInfo(file).Length, 1, DateTime.UtcNow, DateTime.UtcNow));
    }

    /// <summary>The path inside the cache.</summary>
    public string? FindSource(string url)
    {
        var key = Md5(url);
        if (!Load().TryGetValue(key, out var entry) || !File.Exists(PathOf(key)) || Md5OfFile(PathOf(key)) != entry.Hash)
        {
            return null;
        }

        Change(key, entry with { LastAccess = DateTime.UtcNow });
        return PathOf(key);
    }

    public void AddProfile(string source, string recipe, string directory)
    {
        var key = ProfileKey(source, recipe);
        Directory.CreateDirectory(PathOf(key));
        var files = Directory.GetFiles(directory);
        foreach (var file in files)
        {
            File.Copy(file, Path.Combine(PathOf(key), Path.GetFileName(file)), overwrite: true);
        }

        Change(key, new Entry(key, files.Sum(static file => new FileInfo(file).Length), files.Length, DateTime.UtcNow, DateTime.UtcNow));
    }

    public string? FindProfile(string source, string recipe)
    {
        var key = ProfileKey(source, recipe);
        if (!Load().TryGetValue(key, out var entry) || !Directory.Exists(PathOf(key)) || Directory.GetFiles(PathOf(key)).Length != entry.Files)
        {
            return null;
        }

        Change(key, entry with { LastAccess = DateTime.UtcNow });
        return PathOf(key);
    }

    public static void CopyOut(string from, string to)
    {
        if (File.Exists(from))
        {
            File.Copy(from, to, overwrite: true);
            return;
        }

        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }
    }

    /// <summary>The uploaded files of a job, rewritten as a whole after each one.</summary>
    public void SaveUploadState(IReadOnlyDictionary<string, string> cids) =>
        File.WriteAllText(Path.Combine(_root, "upload.json"), JsonSerializer.Serialize(cids));

    public static string Md5OfFile(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        return Convert.ToHexStringLower(MD5.HashData(file));
    }

    private static string ProfileKey(string source, string recipe) => Md5OfFile(source) + "_" + Md5(recipe);

    private static string Md5(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));

    private string PathOf(string key) => Path.Combine(_root, key);

    private Dictionary<string, Entry> Load() => JsonSerializer.Deserialize<Dictionary<string, Entry>>(File.ReadAllText(_metadata))!;

    private void Save(Dictionary<string, Entry> entries) => File.WriteAllText(_metadata, JsonSerializer.Serialize(entries));

    private void Change(string key, Entry entry)
    {
        var entries = Load();
        entries[key] = entry;
        Save(entries);
    }

    private sealed record Entry(string Hash, long Size, int Files, DateTime Created, DateTime LastAccess);
}
