namespace SmartCache.Tests.Support;

/// <summary>A worker's downloader that writes given bytes and counts its calls.</summary>
internal sealed class FakeDownloader(Func<DownloadRequest, byte[]> content) : IVideoDownloader
{
    private int _calls;

    public FakeDownloader(byte[] content)
        : this(_ => content)
    {
    }

    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Runs before the file is written.</summary>
    public Func<CancellationToken, Task>? Before { get; set; }

    public bool ReportsNothing { get; set; }

    public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _calls);
        if (Before is not null)
        {
            await Before(cancellationToken);
        }

        var bytes = content(request);
        (ReportsNothing ? null : progress)?.Report(new StageProgress("download") { Bytes = bytes.Length });
        File.Delete(request.DestinationPath);
        await File.WriteAllBytesAsync(request.DestinationPath, bytes, cancellationToken);
        return new DownloadedVideo(request.DestinationPath, bytes.Length);
    }
}
