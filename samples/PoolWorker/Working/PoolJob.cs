using System.Diagnostics;
using Microsoft.Extensions.Logging;
using SmartCache;

namespace PoolWorker.Working;

/// <summary>One job: download, encode, upload. Nothing in it knows of a pool.</summary>
internal sealed partial class PoolJob(IVideoDownloader downloader, IProfileEncoder encoder, IIpfsUploader uploader, ILogger<PoolJob> logger)
{
    public static EncodingProfile Profile(string height) => new($"{height}p")
    {
        Resolution = height switch
        {
            "360" => "640x360",
            "240" => "426x240",
            _ => "256x144",
        },
        Codec = "libx264",
        Preset = "veryfast",
        VideoBitrate = "800k",
        AudioBitrate = "96k",
    };

    public async Task<JobRow> RunAsync(string host, string url, string work, string heights)
    {
        var id = Path.GetFileNameWithoutExtension(new Uri(url).AbsolutePath);
        var directory = Path.Combine(work, id);
        var inner = InnerWork.Current = new InnerWork(id);
        var began = Stopwatch.GetTimestamp();
        string? publishedAs = null;
        // What an attempt left that was killed is no part of this one's upload.
        Empty(directory);
        try
        {
            publishedAs = await RunStagesAsync($"{host}-{id}", url, directory, heights.Split(','));
        }
        catch (Exception exception)
        {
            LogFailure(logger, id, exception);
        }

        Empty(directory);
        return new JobRow(
            host, id, publishedAs is not null, Stopwatch.GetElapsedTime(began).TotalSeconds, inner.Downloads, inner.Encodes, inner.RemoteHits, inner.RemoteBytes)
        {
            InsideSeconds = inner.Time.TotalSeconds,
            PublishedAs = publishedAs,
        };
    }

    private async Task<string> RunStagesAsync(string jobId, string url, string directory, string[] heights)
    {
        var video = await downloader.DownloadAsync(new DownloadRequest(url, Path.Combine(directory, "source.mp4")) { JobId = jobId });

        var hls = Path.Combine(directory, "hls");
        List<EncodeRequest> requests = [.. heights.Select(height => new EncodeRequest(video, Profile(height), Path.Combine(hls, $"{height}p")) { JobId = jobId })];
        var encoded = await ((ILadderEncoder)encoder).EncodeTogetherAsync(requests);

        var result = await uploader.UploadAsync(new UploadRequest(jobId, hls) { Profiles = encoded });
        return result.RootCid;
    }

    private static void Empty(string directory)
    {
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
    }

    [LoggerMessage(1, LogLevel.Error, "Job {Job} failed")]
    private static partial void LogFailure(ILogger logger, string job, Exception exception);
}
