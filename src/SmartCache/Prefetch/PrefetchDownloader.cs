namespace SmartCache.Prefetch;

/// <summary>A downloader for one download.</summary>
/// <param name="downloader">The worker's.</param>
/// <param name="scope">What it lives in; <see langword="null"/> where it is somebody else's to dispose of.</param>
internal sealed class PrefetchDownloader(IVideoDownloader downloader, IAsyncDisposable? scope = null) : IAsyncDisposable
{
    public IVideoDownloader Downloader => downloader;

    public ValueTask DisposeAsync() => scope?.DisposeAsync() ?? ValueTask.CompletedTask;
}
