using System.Globalization;
using SmartCache.Configuration;

namespace SmartCache.Benchmarks;

/// <summary>
/// The second process of <see cref="Takeover"/> where an encode is taken over in the middle: it records the parts of a profile, says so, and stays in its stage until it is
/// killed. In the first process: the encoder that is given the parts then.
/// </summary>
/// <param name="onParts">Is told how many parts there are, each byte of which was read.</param>
internal sealed class EndlessEncoder(Action<int>? onParts = null) : IProfileEncoder
{
    /// <summary>The step of the process.</summary>
    public const string Step = "encode";

    /// <summary>As many as ten minutes have in segments of 10 s.</summary>
    public const int Parts = 60;

    public const int PartBytes = 2 * TestFiles.Megabyte;
    private static readonly TimeSpan s_part = TimeSpan.FromSeconds(10);

    public static CacheManager Open(string directory) =>
        BenchCache.Open(CacheSettings.ForRoot(Path.Combine(directory, "cache")) with { Checkpoints = true, CheckpointsMinWork = TimeSpan.Zero }, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

    public static EncodeRequest Request(string directory, string output)
    {
        var path = Path.Combine(directory, "source.mp4");
        if (!File.Exists(path))
        {
            TestFiles.Write(path, TestFiles.Megabyte, seed: 1);
        }

        var media = new SourceMedia { ContentHash = new string('c', 64), Length = TestFiles.Megabyte };
        return new EncodeRequest(new DownloadedVideo(path, media.Length) { Media = media }, new EncodingProfile("720p"), Path.Combine(directory, output));
    }

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        await using var cache = Open(options.Directory);
        await new CachingProfileEncoder(new EndlessEncoder(), cache).EncodeAsync(Request(options.Directory, "endless"));
        return 1;
    }

    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(new EncodeRecipe { Arguments = ["-b:v", "1000k"], EncoderVersion = "endless 1.0", ExpectedDuration = (Parts + 1) * s_part });

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(request.OutputDirectory);
        var checkpoint = request.Checkpoint ?? throw new InvalidOperationException("There is no checkpoint.");
        var found = await checkpoint.OpenAsync("endless/1", cancellationToken);
        if (onParts is not null)
        {
            onParts(found.Count);
            throw new OperationCanceledException("It was only to begin.");
        }

        for (var i = 0; i < Parts; i++)
        {
            var path = TestFiles.Write(Path.Combine(request.OutputDirectory, string.Create(CultureInfo.InvariantCulture, $"{i:D5}.ts")), PartBytes, seed: i);
            if (!await checkpoint.RecordAsync(new EncodePartFile(path, i * s_part, s_part), cancellationToken))
            {
                throw new InvalidOperationException("A part was not kept.");
            }
        }

        Console.WriteLine(EndlessProducer.Producing);
        await Task.Delay(Timeout.Infinite, cancellationToken);
        throw new InvalidOperationException("It never ends by itself.");
    }
}
