using System.Collections.Concurrent;
using System.Globalization;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.PowerCuts;

/// <summary>
/// What the origin has: a video by its number and its version, 4 KB to 4 MB of bytes that follow from the seed, and the small files that are uploaded.
/// So the audit knows every byte without having seen it.
/// </summary>
internal sealed class PowerContent(ulong seed)
{
    /// <summary>Numbers of a worker's own sources begin at so many times its number.</summary>
    public const int OfOneWorker = 100;

    public const int UploadFiles = 12;
    public static readonly string[] Profiles = ["720p", "480p"];

    private readonly ConcurrentDictionary<(int Source, int Version), string> _hashes = new();
    private readonly ConcurrentDictionary<(string Source, string Profile), (string Name, string Hash)[]> _profiles = new();

    /// <summary>Makes the profiles, by the content of their source.</summary>
    public Content Encodes { get; } = new(seed, 4_000_000);

    public static string Url(int source) => string.Create(CultureInfo.InvariantCulture, $"http://power.invalid/{source}.mp4");

    public static int SourceOf(string url) => int.Parse(Path.GetFileNameWithoutExtension(url), CultureInfo.InvariantCulture);

    public static SourceKey KeyOf(int source) => SourceKey.From(new DownloadRequest(Url(source), ""));

    public ProfileKey KeyOf(int source, int version, string profile) => ProfileKey.From(
        new SourceMedia { ContentHash = HashOf(source, version), Length = LengthOf(source, version) }, Content.RecipeOf(new EncodingProfile(profile)));

    /// <summary>Small ones mostly: all bytes of an image are read.</summary>
    public int LengthOf(int source, int version) =>
        (int)(4096 * Math.Pow(1024, Math.Pow(new SplitMix(SplitMix.Mix(seed, 5, (ulong)source, (ulong)version)).NextDouble(), 3)));

    public byte[] Source(int source, int version)
    {
        var bytes = new byte[LengthOf(source, version)];
        new SplitMix(SplitMix.Mix(seed, 6, (ulong)source, (ulong)version)).Fill(bytes);
        "\0\0\0\x18ftypmp42"u8.CopyTo(bytes);
        return bytes;
    }

    public string HashOf(int source, int version) => _hashes.GetOrAdd((source, version), key => Content.Hash(Source(key.Source, key.Version)));

    /// <summary>The files of a profile and their hashes, which the audit asks for at each image again.</summary>
    public (string Name, string Hash)[] ProfileOf(string source, string profile) => _profiles.GetOrAdd(
        (source, profile), key => [.. Encodes.Profile(key.Source, key.Profile).Select(static file => (file.Name, Content.Hash(file.Bytes)))]);

    public byte[] Upload(int worker, int file)
    {
        var bytes = new byte[300];
        new SplitMix(SplitMix.Mix(seed, 7, (ulong)worker, (ulong)file)).Fill(bytes);
        return bytes;
    }

    /// <summary>Lays out what a worker uploads.</summary>
    public void MakeTree(int worker, string directory)
    {
        Directory.CreateDirectory(directory);
        for (var file = 0; file < UploadFiles; file++)
        {
            File.WriteAllBytes(Path.Combine(directory, file.ToString("D2", CultureInfo.InvariantCulture) + ".ts"), Upload(worker, file));
        }
    }
}
