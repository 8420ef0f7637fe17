using System.Diagnostics;
using System.Globalization;
using SmartCache.FFMpegCore;

namespace SmartCache.Benchmarks;

/// <summary>
/// What a second process of <see cref="Ladder"/> does: encodes the video below <see cref="BenchmarkOptions.Directory"/>, so that its children are the encoder's alone. Prints
/// processor seconds, the peak memory of the largest ffmpeg in bytes, and wall seconds.
/// </summary>
internal static class LadderStep
{
    public const string Together = "together";
    public const string Single = "single";

    // veryfast and an average bit rate are the stage's defaults.
    private static readonly EncodingProfile[] Profiles =
    [
        new("1080p") { Resolution = "1920x1080", VideoBitrate = "4500k" },
        new("720p") { Resolution = "1280x720", VideoBitrate = "2500k" },
        new("360p") { Resolution = "640x360", VideoBitrate = "800k" },
    ];

    public static string Video(string directory) => Path.Combine(directory, "source.mp4");

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        using var encoder = new FfmpegProfileEncoder();
        var media = new SourceMedia { ContentHash = new string('c', 64), Length = 1, Facts = new Dictionary<string, string> { [MediaFacts.Duration] = options.Entries!.Value.ToString(CultureInfo.InvariantCulture) } };
        var source = new DownloadedVideo(Video(options.Directory), 1) { Media = media };
        var requests = Profiles.Select(profile => new EncodeRequest(source, profile, Path.Combine(options.Directory, options.Step, profile.Name))).ToList();

        // Asking ffmpeg for its version is no part of an encode.
        for (var i = 0; i < requests.Count; i++)
        {
            requests[i] = requests[i] with { Recipe = await encoder.DescribeAsync(media, requests[i].Profile) };
        }

        var before = ChildUsage.Read();
        var began = Stopwatch.GetTimestamp();
        if (options.Step == Together)
        {
            if ((await encoder.EncodeTogetherAsync(requests)).Count != requests.Count)
            {
                throw new InvalidOperationException("The profiles were not made together.");
            }
        }
        else
        {
            foreach (var request in requests)
            {
                await encoder.EncodeAsync(request);
            }
        }

        var after = ChildUsage.Read();
        Console.WriteLine(FormattableString.Invariant($"{after.Processor - before.Processor:R} {after.PeakMemory} {Stopwatch.GetElapsedTime(began).TotalSeconds:R}"));
        return 0;
    }
}
