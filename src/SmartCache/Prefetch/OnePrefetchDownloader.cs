namespace SmartCache.Prefetch;

/// <summary>The one downloader that a cache without a container was given; it answers to no key.</summary>
internal sealed class OnePrefetchDownloader(IVideoDownloader downloader) : IPrefetchDownloaders
{
    public PrefetchDownloader? Open(object? key) => key is null ? new PrefetchDownloader(downloader) : null;
}
