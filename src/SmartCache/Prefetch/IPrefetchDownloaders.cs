namespace SmartCache.Prefetch;

/// <summary>Gives the worker's own downloaders, without the cache around them: a decorated one would report a job's stage.</summary>
internal interface IPrefetchDownloaders
{
    /// <summary>A downloader for one download, in a scope of its own; <see langword="null"/> where none is registered under the key.</summary>
    /// <exception cref="Exception">Whatever the making of it throws.</exception>
    PrefetchDownloader? Open(object? key);
}
