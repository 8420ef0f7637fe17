namespace SmartCache.Worker;

/// <summary>Videos whose bytes follow from their address: 0.1 to 4 MB.</summary>
internal sealed class SeededDownloader : IVideoDownloader
{
    public static byte[] Video(string url)
    {
        var number = int.Parse(url[(url.LastIndexOf('/') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
        var random = new Random(number);
        var bytes = new byte[random.Next(100_000, 4_000_000)];
        random.NextBytes(bytes);
        bytes[0] = 0;
        return bytes;
    }

    public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var bytes = Video(request.Source);
        await File.WriteAllBytesAsync(request.DestinationPath, bytes, cancellationToken);
        return new DownloadedVideo(request.DestinationPath, bytes.Length);
    }
}
