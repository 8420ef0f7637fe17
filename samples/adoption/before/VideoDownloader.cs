namespace Adoption;

/// <summary>Downloads a source.</summary>
public sealed class VideoDownloader(HttpClient http)
{
    public async Task DownloadAsync(string url, string path, CancellationToken cancellationToken)
    {
        await using var source = await http.GetStreamAsync(new Uri(url), cancellationToken);
        await using var file = File.Create(path);
        await source.CopyToAsync(file, cancellationToken);
    }
}
