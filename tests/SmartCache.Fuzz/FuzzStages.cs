using System.Globalization;
using System.Text;

namespace SmartCache.Fuzz;

/// <summary>A worker's stages that make the same small files each time.</summary>
internal sealed class FuzzStages : IVideoDownloader, IProfileEncoder, IIpfsUploader, ISourceProbe
{
    public static readonly EncodingProfile Profile = new("720p") { VideoBitrate = "2800k" };
    public static readonly UploadTarget Target = new("node-1", "cid-version=1");

    public static byte[] Video { get; } = MakeVideo();

    public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        File.Delete(request.DestinationPath);
        await File.WriteAllBytesAsync(request.DestinationPath, Video, cancellationToken).ConfigureAwait(false);
        return new DownloadedVideo(request.DestinationPath, Video.Length);
    }

    public ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string> { [MediaFacts.Duration] = "8" });

    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(new EncodeRecipe { Arguments = ["-b:v", profile.VideoBitrate!], EncoderVersion = "fuzz 1", ExpectedDuration = TimeSpan.FromSeconds(8) });

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(request.OutputDirectory);
        await File.WriteAllTextAsync(Path.Combine(request.OutputDirectory, "index.m3u8"), Playlist(), cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < 2; i++)
        {
            await File.WriteAllBytesAsync(Path.Combine(request.OutputDirectory, $"seg_{i}.ts"), Segment(i), cancellationToken).ConfigureAwait(false);
        }

        return new EncodedProfile { Name = request.Profile.Name, Directory = request.OutputDirectory, Playlist = "index.m3u8", ActualEncoder = "fuzz", Properties = new Dictionary<string, string> { ["width"] = "1" } };
    }

    public async Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var checkpoint = request.Session?.For(Target);
        foreach (var file in request.Session?.Files ?? [])
        {
            if (!checkpoint!.TryGetCid(file, out _))
            {
                await checkpoint.RecordFileAsync(file, "bafy" + file.Sha256[..20], cancellationToken).ConfigureAwait(false);
            }
        }

        return new UploadResult("bafyroot") { Target = Target, Verified = true };
    }

    public static string Playlist() => new StringBuilder("#EXTM3U\n#EXT-X-VERSION:3\n")
        .Append(CultureInfo.InvariantCulture, $"#EXTINF:{4},\nseg_0.ts\n#EXTINF:{4},\nseg_1.ts\n#EXT-X-ENDLIST\n").ToString();

    public static byte[] Segment(int number) => [.. Enumerable.Range(0, 300).Select(i => (byte)(i * (number + 3)))];

    private static byte[] MakeVideo()
    {
        var bytes = new byte[4000];
        new Random(1).NextBytes(bytes);
        bytes[0] = 0;
        return bytes;
    }
}
