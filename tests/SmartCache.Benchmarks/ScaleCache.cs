using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SmartCache.Layers;
using SmartCache.Sources;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Benchmarks;

/// <summary>
/// A cache of many small entries, written as a worker would have written them but without flushing: a quarter sources of one file with their key and facts,
/// the rest profiles of four segments and a playlist.
/// </summary>
internal static class ScaleCache
{
    public const int FilesOfProfile = 5;
    private static readonly byte[] Bytes = new byte[1024];

    public static void Write(CacheManager cache, int entries)
    {
        var sources = Math.Max(1, entries / 4);
        foreach (var layer in (EntryLayer[])[cache.SourceStore.Layer, cache.ProfileStore.Layer])
        {
            layer.Directory.EnsureOpen();
        }

        Directory.CreateDirectory(cache.SourceStore.Catalog.KeysDirectory);
        Directory.CreateDirectory(cache.SourceStore.Catalog.FactsDirectory);
        var start = DateTimeOffset.UtcNow.AddHours(-12);
        Parallel.For(0, entries, i =>
        {
            var created = start.AddSeconds(i % 36_000);
            if (i < sources)
            {
                WriteSource(cache, i, created);
            }
            else
            {
                WriteProfile(cache, i % sources, i, created);
            }
        });
    }

    public static SourceKey Key(int source) => SourceKey.From(Request(source));

    public static DownloadRequest Request(int source, string path = "unused") => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1/{source}.mp4"), path);

    /// <summary>As a worker knows it that has downloaded it.</summary>
    public static SourceMedia MediaOf(int source) => new() { ContentHash = ContentHash(source), Length = Bytes.Length };

    /// <param name="profile">Its number among all <paramref name="entries"/>, which begin with the sources.</param>
    /// <param name="entries">As they were written.</param>
    public static ProfileKey ProfileKeyOf(int profile, int entries) => KeyOfProfile(profile % Math.Max(1, entries / 4), profile);

    private static ProfileKey KeyOfProfile(int source, int i) => ProfileKey.From(
        MediaOf(source), TestFiles.Recipe(i.ToString(CultureInfo.InvariantCulture), FilesOfProfile));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string ContentHash(int source) => Hash(string.Create(CultureInfo.InvariantCulture, $"source {source}"));

    private static void WriteSource(CacheManager cache, int source, DateTimeOffset created)
    {
        var key = Key(source);
        var hash = ContentHash(source);
        var record = new SourceRecord { Key = key.Preimage, ContentHash = hash, Length = Bytes.Length, FetchedAt = DateTimeOffset.UtcNow };
        var catalog = cache.SourceStore.Catalog;
        File.WriteAllBytes(Path.Combine(catalog.KeysDirectory, key.Name + ".json"), JsonSerializer.SerializeToUtf8Bytes(record, SourceJson.Default.SourceRecord));
        File.WriteAllBytes(
            Path.Combine(catalog.FactsDirectory, ContentName.Of(hash) + ".json"),
            JsonSerializer.SerializeToUtf8Bytes(new ContentFacts { ContentHash = hash, Length = Bytes.Length }, SourceJson.Default.ContentFacts));
        WriteEntry(cache.SourceStore.Layer, ContentName.Of(hash), ["source.mp4"], new Dictionary<string, string> { ["source"] = hash }, hash, 60 + (source % 240), created);
    }

    private static void WriteProfile(CacheManager cache, int source, int i, DateTimeOffset created)
    {
        var key = KeyOfProfile(source, i);
        var files = Enumerable.Range(0, FilesOfProfile - 1).Select(static n => string.Create(CultureInfo.InvariantCulture, $"files/seg_{n:D5}.ts")).Prepend("files/index.m3u8");
        WriteEntry(cache.ProfileStore.Layer, key.Name, [.. files], key.Preimage, Hash("segment"), 300 + (i % 1500), created);
    }

    private static void WriteEntry(
        EntryLayer layer, string name, IReadOnlyList<string> files, IReadOnlyDictionary<string, string> key, string sha256, double cost, DateTimeOffset created)
    {
        var directory = layer.Entries.PathOf(name);
        var modified = new List<long>();
        foreach (var file in files)
        {
            var path = Path.Combine(directory, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, Bytes);
            modified.Add(FileSystem.Current.Stat(path)!.Value.ModifiedNanoseconds);
        }

        var content = new ManifestContent
        {
            Created = created,
            Files = [.. files.Select(file => new ManifestFile(file, Bytes.Length, sha256))],
            Key = key,
            Properties = new Dictionary<string, string> { ["playlist"] = "index.m3u8" },
            CostSeconds = cost,
        };
        var manifest = Path.Combine(directory, Manifest.FileName);
        File.WriteAllBytes(manifest, ManifestFormat.Write(new Manifest(content, modified)));
        File.SetLastWriteTimeUtc(manifest, created.UtcDateTime);
    }
}
