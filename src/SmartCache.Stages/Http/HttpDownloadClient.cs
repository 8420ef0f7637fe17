namespace SmartCache.Stages.Http;

/// <summary>The container's one client for downloads: ended with the container.</summary>
internal sealed class HttpDownloadClient : IDisposable
{
    public HttpClient Client { get; } = new(
        new SocketsHttpHandler
        {
            // A worker runs for months: addresses must be looked up again now and then.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(15),
            UseCookies = false,
        })
    {
        // The downloader has its own clock, which knows a slow download from a stalled one.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public void Dispose() => Client.Dispose();
}
