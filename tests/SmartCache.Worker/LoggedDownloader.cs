namespace SmartCache.Worker;

/// <summary>Makes the same video every time, and notes that it did.</summary>
internal sealed class LoggedDownloader(Func<CancellationToken, Task> work) : IVideoDownloader
{
    public const int Length = 300_000;

    /// <summary>Long enough for everybody who starts at the same time to find nothing and to have to wait.</summary>
    public static readonly TimeSpan Work = TimeSpan.FromMilliseconds(300);

    public static byte[] Video()
    {
        var bytes = new byte[Length];
        new Random(7).NextBytes(bytes);
        bytes[0] = 0;
        return bytes;
    }

    public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        await work(cancellationToken);
        await File.WriteAllBytesAsync(request.DestinationPath, Video(), cancellationToken);
        return new DownloadedVideo(request.DestinationPath, Length);
    }
}
