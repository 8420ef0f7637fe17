using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Configuration;
using SmartCache.FFMpegCore;

namespace SmartCache.Worker.Kills;

/// <summary>A worker of <see cref="EncodeKills"/>: encodes one profile with checkpoints, by ffmpeg or in segments of its own, and prints where it lies and what it is.</summary>
internal static class KilledEncode
{
    public const string Fake = "fake";
    public const string Ffmpeg = "ffmpeg";
    public const string Fragmented = "ffmpeg-fmp4";

    /// <summary>How long the video is.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(12);

    public static readonly EncodingProfile Profile = new("360p") { Resolution = "640x360" };

    /// <summary>The stage as this program uses it: short segments, so that there are joints in a video of some seconds.</summary>
    public static FfmpegProfileEncoder Stage(string kind) => new(
        new FfmpegOptions
        {
            RateControl = FfmpegRateControl.ConstantQuality,
            Preset = "ultrafast",
            SegmentDuration = TimeSpan.FromSeconds(1),
            KeyFrameInterval = TimeSpan.FromSeconds(1),
            ExtraOutputArguments = kind == Fragmented ? ["-hls_segment_type", "fmp4"] : [],
        },
        new FfprobeSourceProbe());

    public static async Task<int> RunAsync(string kind, string root, string output, string source)
    {
        var settings = CacheSettings.ForRoot(root) with { Checkpoints = true, CheckpointsMinWork = TimeSpan.Zero, MinFreeSpace = new FreeSpaceFloor(0, null) };
        await using var cache = new CacheManager(new CacheServices(new FixedSettings(settings), NullLogger.Instance, TimeProvider.System)
        {
            // Without the source's length nothing is stored, and no checkpoint is given.
            Probe = kind == Fake ? null : new FfprobeSourceProbe(),
        });
        using var stage = Stage(kind);
        IProfileEncoder inner = kind == Fake
            ? new SegmentEncoder { Segments = 12, SegmentBytes = 200_000, SegmentDuration = TimeSpan.FromSeconds(1), Before = static (_, token) => Task.Delay(TimeSpan.FromMilliseconds(15), token) }
            : stage;
        var request = new EncodeRequest(new DownloadedVideo(source, new FileInfo(source).Length), Profile, output);
        var encoded = await new CachingProfileEncoder(inner, cache).EncodeAsync(request);
        await cache.FlushAsync();
        Console.Out.WriteLine($"{encoded.Outcome} {encoded.Playlist}");
        return 0;
    }
}
