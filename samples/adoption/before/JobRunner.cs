namespace Adoption;

/// <summary>Runs a job, and deletes its files whatever becomes of it.</summary>
public sealed class JobRunner(VideoDownloader downloader, LadderEncoder encoder, IpfsUploader uploader)
{
    private static readonly Rendition[] s_ladder = [new("480p", 480, 1400), new("144p", 144, 200)];

    public async Task<string> RunAsync(string url, string workDirectory, CancellationToken cancellationToken)
    {
        var source = Path.Combine(workDirectory, "source.mp4");
        var tree = Path.Combine(workDirectory, "hls");
        Directory.CreateDirectory(tree);
        try
        {
            await downloader.DownloadAsync(url, source, cancellationToken);
            await encoder.EncodeAsync(source, tree, s_ladder, cancellationToken);
            File.Delete(source);
            return await uploader.UploadAsync(tree, cancellationToken);
        }
        finally
        {
            Directory.Delete(workDirectory, recursive: true);
        }
    }
}
