using System.Globalization;
using System.Text;

namespace SmartCache.Benchmarks;

/// <summary>Files with real bytes: holes would be read without their pages, and hashed from nothing.</summary>
internal static class TestFiles
{
    public const int Megabyte = 1_000_000;
    private const string Playlist = "index.m3u8";

    public static string Write(string path, long length, int seed)
    {
        var buffer = new byte[Megabyte];
        var random = new Random(seed);
        random.NextBytes(buffer);
        buffer[0] = 0;
        using var file = File.Create(path);
        for (long written = 0; written < length; written += buffer.Length)
        {
            BitConverter.TryWriteBytes(buffer.AsSpan(8), written);
            file.Write(buffer, 0, (int)Math.Min(buffer.Length, length - written));
        }

        return path;
    }

    /// <summary>An HLS profile: segments of 10 s and their playlist.</summary>
    public static void WriteProfile(string directory, int segments, int segmentBytes, int seed, Action<int>? eachSegment = null)
    {
        Directory.CreateDirectory(directory);
        var playlist = new StringBuilder("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n");
        for (var i = 0; i < segments; i++)
        {
            eachSegment?.Invoke(i);
            var name = string.Create(CultureInfo.InvariantCulture, $"seg_{i:D5}.ts");
            Write(Path.Combine(directory, name), segmentBytes, HashCode.Combine(seed, i));
            playlist.Append(CultureInfo.InvariantCulture, $"#EXTINF:10.000000,\n{name}\n");
        }

        File.WriteAllText(Path.Combine(directory, Playlist), playlist.Append("#EXT-X-ENDLIST\n").ToString());
    }

    public static EncodedProfile Describe(string name, string directory) => new() { Name = name, Directory = directory, Playlist = Playlist };

    public static EncodeRecipe Recipe(string profile, int segments) => new()
    {
        Arguments = ["-i", "{source}", "-c:v", "libx264", "-preset", "veryfast", "-b:v", "2800k", "-maxrate", "2996k", "-bufsize", "4200k", "-vf", profile, "-f", "hls"],
        EncoderVersion = "benchmark 1.0",
        ExpectedDuration = TimeSpan.FromSeconds(10 * segments),
    };
}
