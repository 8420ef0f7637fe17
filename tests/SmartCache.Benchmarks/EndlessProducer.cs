namespace SmartCache.Benchmarks;

/// <summary>
/// The second process of <see cref="Takeover"/>: it enters the production of a video, says so, and stays in its stage until it is killed or a line
/// on its input cancels it.
/// </summary>
internal sealed class EndlessProducer : IVideoDownloader
{
    public const string Source = "https://origin.example/takeover.mp4";
    public const string Producing = "producing";

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        if (options.Step == EndlessEncoder.Step)
        {
            return await EndlessEncoder.RunAsync(options);
        }

        await using var cache = BenchCache.Open(Path.Combine(options.Directory, "cache"));
        using var cancel = new CancellationTokenSource();
        var downloader = new CachingVideoDownloader(new EndlessProducer(), cache);
        var download = downloader.DownloadAsync(new DownloadRequest(Source, Path.Combine(options.Directory, "endless.mp4")), cancellationToken: cancel.Token);
        await Console.In.ReadLineAsync(CancellationToken.None);
        await cancel.CancelAsync();
        await Task.WhenAny(download);
        return download.IsCanceled ? 0 : 1;
    }

    public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Console.WriteLine(Producing);
        await Task.Delay(Timeout.Infinite, cancellationToken);
        throw new InvalidOperationException("It never ends by itself.");
    }
}
