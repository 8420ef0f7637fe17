using SmartCache;

namespace EncoderWorker.Measuring;

/// <summary>Tells the <see cref="CountingHandler"/> whose download it is. For videos at an address, where the sample's own server cannot count.</summary>
internal sealed class CountingDownloader(IVideoDownloader inner, WorkLedger ledger) : IVideoDownloader
{
    public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        // Set inside an async method, it ends with it.
        ledger.Downloading = ledger.For(request.JobId);
        return await inner.DownloadAsync(request, progress, cancellationToken);
    }
}
