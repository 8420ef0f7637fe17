using System.Collections.Concurrent;

namespace SmartCache.Tests.Prefetch;

/// <summary>A worker's downloader that does what a test says.</summary>
internal sealed class ScriptedDownloader(Func<DownloadRequest, IProgress<StageProgress>?, CancellationToken, Task> script) : IVideoDownloader
{
    public ConcurrentQueue<DownloadRequest> Requests { get; } = new();

    public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Requests.Enqueue(request);
        await script(request, progress, cancellationToken);
        return new DownloadedVideo(request.DestinationPath, new FileInfo(request.DestinationPath).Length);
    }
}
