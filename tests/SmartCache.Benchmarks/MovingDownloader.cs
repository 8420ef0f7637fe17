using System.Diagnostics;

namespace SmartCache.Benchmarks;

/// <summary>A downloader that costs nothing: the file is there and is moved to its destination, looking as if it had just been written.</summary>
internal sealed class MovingDownloader : IVideoDownloader
{
    /// <summary>The file to move; without one a call is an error, because a hit was expected.</summary>
    public string? Origin { get; set; }

    /// <summary>Time inside the last call.</summary>
    public TimeSpan Inner { get; private set; }

    public Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var started = Stopwatch.GetTimestamp();
        File.Move(Origin ?? throw new InvalidOperationException("Not a hit."), request.DestinationPath, overwrite: true);
        File.SetLastWriteTimeUtc(request.DestinationPath, DateTime.UtcNow);
        var video = new DownloadedVideo(request.DestinationPath, new FileInfo(request.DestinationPath).Length);
        Inner = Stopwatch.GetElapsedTime(started);
        return Task.FromResult(video);
    }
}
