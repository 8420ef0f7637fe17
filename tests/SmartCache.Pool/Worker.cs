using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace SmartCache.Pool;

/// <summary>A worker whose stages write files of a given size, and who knows how long it was inside them.</summary>
internal sealed class Worker(byte[] video, int segments, int segmentBytes) : IVideoDownloader, IProfileEncoder
{
    public static readonly EncodingProfile[] Profiles = [new("1080p") { VideoBitrate = "5000k" }, new("720p") { VideoBitrate = "2800k" }, new("480p") { VideoBitrate = "1000k" }];

    private long _inside;

    /// <summary>Tells videos apart: their addresses, and what is encoded from them.</summary>
    public int Seed { get; init; }

    /// <summary>Where its video comes from.</summary>
    public string Address => $"http://origin.example/video-{Seed}.mp4";

    /// <summary>Is told when an encode begins.</summary>
    public Action Encoding { get; init; } = static () => { };

    /// <summary>How long an encode takes at least.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>How long a download takes at least: what takes longer to fetch than most of it is downloaded again.</summary>
    public TimeSpan DownloadPause { get; init; }

    public int Downloads { get; private set; }

    public int Encodes { get; private set; }

    public TimeSpan Inside => Stopwatch.GetElapsedTime(0, _inside);

    /// <summary>One job: download and all profiles. Time outside the stages for each stage.</summary>
    public async Task<List<TimeSpan>> RunAsync(CacheManager cache, string work, int profiles = 3)
    {
        var overheads = new List<TimeSpan>();
        var downloader = new CachingVideoDownloader(this, cache);
        var encoder = new CachingProfileEncoder(this, cache);
        DownloadedVideo? source = null;
        await MeasureAsync(async () => source = await downloader.DownloadAsync(new DownloadRequest(Address, Path.Combine(work, "source.mp4")) { JobId = "job" }));
        foreach (var profile in Profiles.Take(profiles))
        {
            await MeasureAsync(async () => await encoder.EncodeAsync(new EncodeRequest(source!, profile, Path.Combine(work, profile.Name)) { JobId = "job" }));
        }

        return overheads;

        async Task MeasureAsync(Func<Task> stage)
        {
            var (began, before) = (Stopwatch.GetTimestamp(), _inside);
            await stage();
            overheads.Add(Stopwatch.GetElapsedTime(began) - Stopwatch.GetElapsedTime(before, _inside));
        }
    }

    public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var began = Stopwatch.GetTimestamp();
        Downloads++;
        await Task.Delay(DownloadPause, cancellationToken);
        await File.WriteAllBytesAsync(request.DestinationPath, video, cancellationToken);
        _inside += Stopwatch.GetTimestamp() - began;
        return new DownloadedVideo(request.DestinationPath, video.Length);
    }

    /// <summary>What is wrong with the files of a job that has ended; <see langword="null"/> where nothing is.</summary>
    public async Task<string?> WrongAsync(string work, int profiles)
    {
        if (!(await File.ReadAllBytesAsync(Path.Combine(work, "source.mp4"))).AsSpan().SequenceEqual(video))
        {
            return "the source has other bytes";
        }

        foreach (var profile in Profiles.Take(profiles))
        {
            var directory = Path.Combine(work, profile.Name);
            if (Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Length != segments + 1)
            {
                return $"{profile.Name} has other files";
            }

            for (var i = 0; i < segments; i++)
            {
                if (!(await File.ReadAllBytesAsync(Path.Combine(directory, $"seg{i}.ts"))).AsSpan().SequenceEqual(Segment(profile, i)))
                {
                    return $"{profile.Name} has other bytes";
                }
            }
        }

        return null;
    }

    private byte[] Segment(EncodingProfile profile, int number)
    {
        var bytes = new byte[segmentBytes];
        new Random((Seed * 10_000) + (profile.Name.Length * 1000) + profile.Name[0] + number).NextBytes(bytes);
        return bytes;
    }

    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) => ValueTask.FromResult(new EncodeRecipe
    {
        Arguments = ["-b:v", profile.VideoBitrate ?? ""],
        EncoderVersion = "figures 1",
        ExpectedDuration = TimeSpan.FromSeconds(8),
    });

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var began = Stopwatch.GetTimestamp();
        Encodes++;
        Encoding();
        await Task.Delay(Pause, cancellationToken);
        Directory.CreateDirectory(request.OutputDirectory);
        var playlist = new StringBuilder("#EXTM3U\n");
        for (var i = 0; i < segments; i++)
        {
            await File.WriteAllBytesAsync(Path.Combine(request.OutputDirectory, $"seg{i}.ts"), Segment(request.Profile, i), cancellationToken);
            playlist.Append(CultureInfo.InvariantCulture, $"#EXTINF:{8.0 / segments:F6},\nseg{i}.ts\n");
        }

        await File.WriteAllTextAsync(Path.Combine(request.OutputDirectory, "index.m3u8"), playlist.Append("#EXT-X-ENDLIST\n").ToString(), cancellationToken);
        _inside += Stopwatch.GetTimestamp() - began;
        return new EncodedProfile { Name = request.Profile.Name, Directory = request.OutputDirectory, Playlist = "index.m3u8" };
    }
}
