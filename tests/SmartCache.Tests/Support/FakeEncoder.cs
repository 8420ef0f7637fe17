using System.Globalization;
using System.Text;

namespace SmartCache.Tests.Support;

/// <summary>A worker's encoder that writes a small HLS profile out of its source's bytes, and counts its calls.</summary>
internal sealed class FakeEncoder : IProfileEncoder
{
    private int _calls;
    private int _descriptions;

    public int Calls => Volatile.Read(ref _calls);

    public int Descriptions => Volatile.Read(ref _descriptions);

    public int Segments { get; set; } = 4;

    public int SegmentBytes { get; set; } = 4096;

    public string? Version { get; set; } = "fake 1.0";

    public TimeSpan Duration { get; set; } = TimeSpan.FromSeconds(8);

    public TimeSpan? ExpectedDuration { get; set; } = TimeSpan.FromSeconds(8);

    public bool ReportsNothing { get; set; }

    public bool WritesEnd { get; set; } = true;

    /// <summary>A directory below the one that was asked for, as an encoder makes that names it after the profile.</summary>
    public string Below { get; set; } = "";

    public Func<EncodedProfile, bool>? Accept { get; set; }

    /// <summary>What describing throws.</summary>
    public Exception? DescribeThrows { get; set; }

    /// <summary>Runs before anything is written.</summary>
    public Func<EncodeRequest, CancellationToken, Task>? Before { get; set; }

    /// <summary>Runs after everything is written.</summary>
    public Action<EncodeRequest>? After { get; set; }

    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _descriptions);
        if (DescribeThrows is not null)
        {
            throw DescribeThrows;
        }

        return ValueTask.FromResult(new EncodeRecipe
        {
            Arguments = ["-i", "{source}", "-b:v", profile.VideoBitrate ?? "1000k", "-s", profile.Resolution ?? "1x1"],
            Parameters = profile.Parameters,
            EncoderVersion = Version,
            ExpectedDuration = ExpectedDuration,
            Accept = Accept,
        });
    }

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _calls);
        if (Before is not null)
        {
            await Before(request, cancellationToken);
        }

        var directory = Path.Combine(request.OutputDirectory, Below);
        Directory.CreateDirectory(directory);
        var playlist = new StringBuilder("#EXTM3U\n#EXT-X-VERSION:3\n");
        for (var i = 0; i < Segments; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"seg_{i:D5}.ts");
            var bytes = new byte[SegmentBytes];
            new Random(HashCode.Combine(i, request.Profile.Name.Length)).NextBytes(bytes);
            var label = Encoding.UTF8.GetBytes(request.Profile.Name);
            label.AsSpan(0, Math.Min(label.Length, bytes.Length / 2)).CopyTo(bytes);
            await File.WriteAllBytesAsync(Path.Combine(directory, name), bytes, cancellationToken);
            playlist.Append(CultureInfo.InvariantCulture, $"#EXTINF:{Duration.TotalSeconds / Segments:F6},\n{name}\n");
        }

        playlist.Append(WritesEnd ? "#EXT-X-ENDLIST\n" : "");
        await File.WriteAllTextAsync(Path.Combine(directory, "index.m3u8"), playlist.ToString(), cancellationToken);
        (ReportsNothing ? null : progress)?.Report(new StageProgress("encode") { Fraction = 1 });
        After?.Invoke(request);
        return new EncodedProfile
        {
            Name = request.Profile.Name,
            Directory = directory,
            Playlist = "index.m3u8",
            ActualEncoder = "fake",
            Properties = new Dictionary<string, string> { ["width"] = "320" },
        };
    }
}
