using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace SmartCache.Worker;

/// <summary>A worker's encoder that makes a profile segment by segment, keeps each finished one in the checkpoint that it is given, and goes on from those that it finds there.</summary>
internal sealed class SegmentEncoder : IProfileEncoder
{
    private readonly ConcurrentQueue<int> _encoded = new();

    /// <summary>Which segments were really encoded, in order.</summary>
    public IReadOnlyList<int> Encoded => [.. _encoded];

    public int Segments { get; init; } = 6;

    public int SegmentBytes { get; init; } = 5_000;

    public TimeSpan SegmentDuration { get; init; } = TimeSpan.FromSeconds(2);

    public string Layout { get; set; } = "segments/1";

    public string? Version { get; init; } = "segments 1.0";

    public bool SaysDuration { get; init; } = true;

    /// <summary>What each part is said to have taken.</summary>
    public double Seconds { get; init; } = 10;

    /// <summary>What its playlist lacks at the end.</summary>
    public int Lacks { get; set; }

    /// <summary>Whether a part that is used again becomes the output by hard link.</summary>
    public bool LinksParts { get; init; }

    /// <summary>Runs before a segment is encoded.</summary>
    public Func<int, CancellationToken, Task>? Before { get; set; }

    /// <summary>Runs before anything else, with what the encoder was asked.</summary>
    public Func<EncodeRequest, Task>? First { get; set; }

    /// <summary>Runs when all is written.</summary>
    public Func<EncodeRequest, Task>? Last { get; set; }

    /// <summary>What the checkpoint said to each part.</summary>
    public ConcurrentQueue<bool> Kept { get; } = new();

    public static string NameOf(int segment) => string.Create(CultureInfo.InvariantCulture, $"seg_{segment:D5}.ts");

    public byte[] Bytes(int segment)
    {
        var bytes = new byte[SegmentBytes];
        new Random(segment + 1).NextBytes(bytes);
        return bytes;
    }

    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(new EncodeRecipe { Arguments = ["-b:v", profile.VideoBitrate ?? "1000k"], EncoderVersion = Version, ExpectedDuration = SaysDuration ? Segments * SegmentDuration : null });

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (First is not null)
        {
            await First(request);
        }

        Directory.CreateDirectory(request.OutputDirectory);
        var found = request.Checkpoint is { } open ? (await open.OpenAsync(Layout, cancellationToken)).ToDictionary(static part => part.Start) : [];
        var playlist = new StringBuilder("#EXTM3U\n#EXT-X-VERSION:3\n");
        for (var segment = 0; segment < Segments; segment++)
        {
            var start = segment * SegmentDuration;
            var path = Path.Combine(request.OutputDirectory, NameOf(segment));
            if (!found.TryGetValue(start, out var part) || !TryTake(part.Path, path))
            {
                await EncodeAsync(request.Checkpoint, segment, path, cancellationToken);
            }

            playlist.Append(CultureInfo.InvariantCulture, $"#EXTINF:{SegmentDuration.TotalSeconds:F6},\n{NameOf(segment)}\n");
        }

        playlist.Append(Lacks > 0 ? "" : "#EXT-X-ENDLIST\n");
        await File.WriteAllTextAsync(Path.Combine(request.OutputDirectory, "index.m3u8"), playlist.ToString(), cancellationToken);
        if (Last is not null)
        {
            await Last(request);
        }

        return new EncodedProfile { Name = request.Profile.Name, Directory = request.OutputDirectory, Playlist = "index.m3u8" };
    }

    private async Task EncodeAsync(IEncodeCheckpoint? checkpoint, int segment, string path, CancellationToken cancellationToken)
    {
        if (Before is not null)
        {
            await Before(segment, cancellationToken);
        }

        await File.WriteAllBytesAsync(path, Bytes(segment), cancellationToken);
        _encoded.Enqueue(segment);
        if (checkpoint is not null)
        {
            Kept.Enqueue(await checkpoint.RecordAsync(
                new EncodePartFile(path, segment * SegmentDuration, SegmentDuration) { Seconds = Seconds, Facts = new Dictionary<string, string> { ["pictures"] = "48", ["a b"] = "ä=%" } },
                cancellationToken));
        }
    }

    private bool TryTake(string part, string path)
    {
        if (LinksParts)
        {
            return SmartCache.Storage.Platform.FileSystem.Current.TryLink(part, path);
        }

        try
        {
            File.Copy(part, path, overwrite: true);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A part that cannot be read is a part that is not there.
            return false;
        }
    }
}
