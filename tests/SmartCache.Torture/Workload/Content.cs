using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SmartCache.Torture.Workload;

/// <summary>
/// What every source and every encode consist of, by the run's seed alone: a video by its number, a profile by the bytes it was made from and its name.
/// So each process, and the audit after the end, knows every byte without having seen it.
/// </summary>
internal sealed class Content(ulong seed, long maxSize)
{
    public const int Sources = 16;
    public const string Playlist = "index.m3u8";
    public const string EncoderVersion = "torture 1";
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(8);
    public static readonly string[] Profiles = ["1080p", "720p", "480p"];

    private readonly ConcurrentDictionary<int, string> _hashes = new();

    public static string Url(int source) => string.Create(CultureInfo.InvariantCulture, $"http://torture.invalid/{source}.mp4");

    /// <summary>Two entries near the limit, one beyond it, the others small.</summary>
    public int LengthOf(int source) => source switch
    {
        0 => (int)(maxSize * 9 / 20),
        1 => (int)(maxSize * 3 / 10),
        2 => (int)(maxSize * 21 / 20),
        _ => 20_000 + (int)(SplitMix.Mix(seed, 1, (ulong)source) % 900_000),
    };

    public byte[] Source(int source)
    {
        var bytes = new byte[LengthOf(source)];
        new SplitMix(SplitMix.Mix(seed, 2, (ulong)source)).Fill(bytes);
        "\0\0\0\x18ftypmp42"u8.CopyTo(bytes);
        return bytes;
    }

    public string HashOf(int source) => _hashes.GetOrAdd(source, number => Hash(Source(number)));

    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>The files of an encode, playlist included.</summary>
    public IEnumerable<(string Name, byte[] Bytes)> Profile(string sourceHash, string profile)
    {
        var random = new SplitMix(SplitMix.Mix(seed, 3, Convert.ToUInt64(sourceHash[..16], 16), (ulong)profile.Length, profile[0]));
        var segments = 2 + random.Next(4);
        var playlist = new StringBuilder("#EXTM3U\n#EXT-X-VERSION:3\n");
        for (var i = 0; i < segments; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"seg_{i}.ts");
            var bytes = new byte[2_000 + random.Next(120_000)];
            random.Fill(bytes);
            playlist.Append(CultureInfo.InvariantCulture, $"#EXTINF:{Duration.TotalSeconds / segments:F6},\n{name}\n");
            yield return (name, bytes);
        }

        yield return (Playlist, Encoding.UTF8.GetBytes(playlist.Append("#EXT-X-ENDLIST\n").ToString()));
    }

    public static EncodeRecipe RecipeOf(EncodingProfile profile) => new()
    {
        Arguments = ["-profile", profile.Name],
        EncoderVersion = EncoderVersion,
        ExpectedDuration = Duration,
    };

    /// <summary>The profile that a stored key's arguments name; <see langword="null"/> where they are no work of this run.</summary>
    public static string? ProfileOfArguments(string arguments) => Array.Find(Profiles, name => arguments.EndsWith($":{name} ", StringComparison.Ordinal));

    public static string CidOf(string target, string sha256) => $"cid-{target}-{sha256[..40]}";
}
