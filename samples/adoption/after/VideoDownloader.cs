using SmartCache;

namespace Adoption;

/// <summary>Downloads a source.</summary>
public sealed class VideoDownloader(HttpClient http) : IVideoDownloader
{
    public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        await DownloadAsync(request.Source, request.DestinationPath, cancellationToken);
        return new DownloadedVideo(request.DestinationPath, new FileInfo(request.DestinationPath).Length);
    }

    private async Task DownloadAsync(string url, string path, CancellationToken cancellationToken)
    {
        await using var source = await http.GetStreamAsync(new Uri(url), cancellationToken);
        await using var file = File.Create(path);
        await source.CopyToAsync(file, cancellationToken);
    }
}
