using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SmartCache.Worker.WholeJob;

/// <summary>
/// The three stages of a worker without a cache: they write real files, count their runs, and make all bytes out of those that they were given.
/// The node finds content by its hash; it is a directory, so that it outlives a process.
/// </summary>
internal sealed class WorkerStages(string node) : IVideoDownloader, IProfileEncoder, IIpfsUploader
{
    private const int Segments = 4;
    private int _downloads;
    private int _encodes;
    private int _sent;

    /// <summary>Happens in the middle of a stage, which it is given the name of.</summary>
    public Action<string> During { get; set; } = static _ => { };

    public Action Describing { get; set; } = static () => { };

    /// <summary>How many files the node takes before it goes away.</summary>
    public int NodeTakes { get; set; } = int.MaxValue;

    /// <summary>Name of the node that a job's tree goes to.</summary>
    public Func<UploadRequest, string> NodeOf { get; set; } = static _ => "node";

    public bool ReportsNothing { get; set; }

    /// <summary>Name of a segment by its number.</summary>
    public Func<int, string> SegmentName { get; set; } = static number => string.Create(CultureInfo.InvariantCulture, $"seg_{number:D5}.ts");

    public (int Downloads, int Encodes, int Sent) Runs => (_downloads, _encodes, _sent);

    public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _downloads);
        var video = Content(request.Source, 300_000);
        await using (var file = new FileStream(request.DestinationPath, FileMode.Create, FileAccess.Write))
        {
            await file.WriteAsync(video.AsMemory(0, video.Length / 2), cancellationToken);
            During("download");
            await file.WriteAsync(video.AsMemory(video.Length / 2), cancellationToken);
        }

        (ReportsNothing ? null : progress)?.Report(new StageProgress("download") { Bytes = video.Length });
        return new DownloadedVideo(request.DestinationPath, video.Length);
    }

    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default)
    {
        Describing();
        return ValueTask.FromResult(new EncodeRecipe { Arguments = ["-i", "{source}", "-s", profile.Name], EncoderVersion = "1", ExpectedDuration = TimeSpan.FromSeconds(2 * Segments) });
    }

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _encodes);
        var source = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(request.Source.Path, cancellationToken)));
        Directory.CreateDirectory(request.OutputDirectory);
        var playlist = new StringBuilder("#EXTM3U\n#EXT-X-VERSION:3\n");
        for (var i = 0; i < Segments; i++)
        {
            var name = SegmentName(i);
            await File.WriteAllBytesAsync(Path.Combine(request.OutputDirectory, name), Content($"{source} {request.Profile.Name} {i}", 20_000), cancellationToken);
            playlist.Append(CultureInfo.InvariantCulture, $"#EXTINF:2.000000,\n{name}\n");
            if (i == Segments / 2)
            {
                During("encode");
            }
        }

        await File.WriteAllTextAsync(Path.Combine(request.OutputDirectory, "index.m3u8"), playlist.Append("#EXT-X-ENDLIST\n").ToString(), cancellationToken);
        (ReportsNothing ? null : progress)?.Report(new StageProgress("encode") { Fraction = 1 });
        return new EncodedProfile { Name = request.Profile.Name, Directory = request.OutputDirectory, Playlist = "index.m3u8" };
    }

    public async Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(node);
        var target = new UploadTarget(NodeOf(request), "v1");
        var checkpoint = request.Session?.For(target);
        foreach (var path in Directory.GetFiles(request.Directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(request.Directory, path);
            var known = request.Session?.Files.FirstOrDefault(file => file.RelativePath == name);
            if (known is not null && checkpoint!.TryGetCid(known, out _))
            {
                continue;
            }

            During("upload");
            if (NodeTakes-- == 0)
            {
                throw new IOException("the node went away");
            }

            var content = await File.ReadAllBytesAsync(path, cancellationToken);
            await File.WriteAllBytesAsync(Path.Combine(node, Hash(content)), content, cancellationToken);
            Interlocked.Increment(ref _sent);
            (ReportsNothing ? null : progress)?.Report(new StageProgress("upload"));
            if (known is not null)
            {
                await checkpoint!.RecordFileAsync(known, "bafk" + known.Sha256, CancellationToken.None);
            }
        }

        return new UploadResult("bafyroot") { Target = target, Verified = true };
    }

    internal static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    // Begins with a zero, which no text does.
    private static byte[] Content(string seed, int length)
    {
        var bytes = new byte[length];
        new Random(BitConverter.ToInt32(SHA256.HashData(Encoding.UTF8.GetBytes(seed)))).NextBytes(bytes);
        bytes[0] = 0;
        return bytes;
    }
}
