using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SmartCache.Storage.Platform;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.Audit;

/// <summary>
/// Reads every published entry with a reader of its own, and hashes every byte. An entry is sound when its manifest is whole, its files are exactly
/// those that the manifest names, with those bytes, and these are the bytes that this run's stages make.
/// A file that its owner wrote into through the one hard link he was given is no fault while its time tells: the next look-up finds it.
/// </summary>
/// <param name="cache">The root of the cache.</param>
/// <param name="content">What this run's stages make.</param>
/// <param name="mayLackManifest">Whether an entry may lie there without a manifest. No look-up gives it out, and the next look through the layer takes it away.</param>
internal sealed class EntryAudit(string cache, Content content, bool mayLackManifest = false)
{
    private readonly HashSet<string> _sources = [.. Enumerable.Range(0, Content.Sources).Select(content.HashOf)];

    public List<string> Violations { get; } = [];

    public int Entries { get; private set; }

    /// <summary>Entries spoilt by the owner of a hard link, in a way that the next look-up notices.</summary>
    public int Noticeable { get; private set; }

    public EntryAudit Run()
    {
        foreach (var layer in new[] { "sources", "profiles" })
        {
            var root = Path.Combine(cache, layer);
            foreach (var entry in Directory.Exists(root) ? Directory.GetDirectories(root) : [])
            {
                if (Path.GetFileName(entry) is not ("keys" or "facts" or "locks" or "staging" or "trash" or "quarantine" or "partials" or "ahead"))
                {
                    Entries++;
                    Look(layer, entry);
                }
            }
        }

        return this;
    }

    private void Look(string layer, string entry)
    {
        var manifestPath = Path.Combine(entry, "manifest.json");
        if (!File.Exists(manifestPath))
        {
            if (!mayLackManifest)
            {
                Violations.Add($"published without a manifest: {entry}");
            }

            return;
        }

        try
        {
            using var manifest = JsonDocument.Parse(File.ReadAllBytes(manifestPath));
            var body = manifest.RootElement.GetProperty("content");
            if (manifest.RootElement.GetProperty("checksum").GetString() != Content.Hash(Encoding.UTF8.GetBytes(manifest.RootElement.GetProperty("version").GetRawText() + body.GetRawText())))
            {
                Violations.Add($"the manifest's checksum is wrong: {entry}");
                return;
            }

            Compare(layer, entry, body, [.. manifest.RootElement.GetProperty("local").GetProperty("modified").EnumerateArray().Select(time => time.GetInt64())]);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            Violations.Add($"the manifest is not readable: {entry}: {exception.Message}");
        }
    }

    private void Compare(string layer, string entry, JsonElement body, long[] modified)
    {
        var named = new HashSet<string> { "manifest.json" };
        var right = RightFiles(layer, body);
        var index = 0;
        foreach (var file in body.GetProperty("files").EnumerateArray())
        {
            var path = file.GetProperty("path").GetString()!;
            var hash = file.GetProperty("sha256").GetString();
            named.Add(path);
            if (right is null || right.GetValueOrDefault(layer == "sources" ? "" : path) != hash)
            {
                Violations.Add($"stored bytes that no stage of this run made: {entry}/{path}");
            }

            var full = Path.Combine(entry, path);
            if (FileSystem.Current.Stat(full) is not { } facts)
            {
                Violations.Add($"a file of an entry is missing: {full}");
            }
            else if (facts.Length != file.GetProperty("length").GetInt64() || HashOf(full) != hash)
            {
                if (facts.Length == file.GetProperty("length").GetInt64() && facts.ModifiedNanoseconds == modified[index])
                {
                    Violations.Add($"an entry has other bytes than its manifest says, and nothing shows it: {full}");
                }
                else
                {
                    Noticeable++;
                }
            }

            index++;
        }

        foreach (var path in Directory.EnumerateFiles(entry, "*", SearchOption.AllDirectories))
        {
            if (!named.Contains(Path.GetRelativePath(entry, path)))
            {
                Violations.Add($"an entry holds a file that its manifest does not name: {path}");
            }
        }
    }

    /// <summary>Hashes by path; of a source under the empty path, because its extension is its own.</summary>
    private Dictionary<string, string>? RightFiles(string layer, JsonElement body)
    {
        var key = body.GetProperty("key");
        if (layer == "sources")
        {
            var hash = key.GetProperty("content").GetString()!;
            return _sources.Contains(hash) ? new Dictionary<string, string> { [""] = hash } : null;
        }

        return Content.ProfileOfArguments(key.GetProperty("arguments").GetString()!) is { } profile
            ? content.Profile(key.GetProperty("source").GetString()!, profile).ToDictionary(file => "files/" + file.Name, file => Content.Hash(file.Bytes))
            : null;
    }

    private static string HashOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
