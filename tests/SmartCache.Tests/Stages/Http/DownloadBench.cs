using SmartCache.Stages;

namespace SmartCache.Tests.Stages.Http;

/// <summary>A directory, a client and downloaders with short pauses.</summary>
internal sealed class DownloadBench : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(1) });

    public ScratchDirectory Scratch { get; } = new();

    public LogList Log { get; } = new();

    public string Destination => Scratch["out/video.mp4"];

    public string PartialPath => Scratch["cache/partial"];

    /// <summary>Everything under the place for partials.</summary>
    public IReadOnlyList<string> CacheEntries => Scratch.Entries("cache");

    public HttpVideoDownloader Downloader(int attempts = 3, double stallSeconds = 30, IList<string>? gateways = null, Action<HttpDownloadOptions>? change = null)
    {
        var options = new HttpDownloadOptions
        {
            MaxAttempts = attempts,
            FirstByteTimeout = TimeSpan.FromSeconds(stallSeconds),
            StallTimeout = TimeSpan.FromSeconds(stallSeconds),
            RetryDelay = TimeSpan.Zero,
            ProgressInterval = TimeSpan.Zero,
        };
        if (gateways is not null)
            options.IpfsGateways = gateways;
        change?.Invoke(options);
        return new HttpVideoDownloader(_client, options, logger: Log);
    }

    public DownloadRequest Request(string source) => new(source, Destination);

    public DownloadRequest ResumableRequest(string source) => new(source, Destination) { PartialPath = PartialPath };

    public byte[] Result() => File.ReadAllBytes(Destination);

    public void Dispose()
    {
        _client.Dispose();
        Scratch.Dispose();
    }
}
