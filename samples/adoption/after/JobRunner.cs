using SmartCache;

namespace Adoption;

/// <summary>Runs a job, and deletes its files whatever becomes of it.</summary>
public sealed class JobRunner(IVideoDownloader downloader, IProfileEncoder encoder, IIpfsUploader uploader)
{
    private static readonly Rendition[] s_ladder = [new("480p", 480, 1400), new("144p", 144, 200)];

    public async Task<string> RunAsync(string url, string workDirectory, CancellationToken cancellationToken)
    {
        var source = Path.Combine(workDirectory, "source.mp4");
        var tree = Path.Combine(workDirectory, "hls");
        Directory.CreateDirectory(tree);
        try
        {
            var video = await downloader.DownloadAsync(new DownloadRequest(url, source) { JobId = url }, cancellationToken: cancellationToken);
            List<EncodedProfile> encoded = [];
            foreach (var rendition in s_ladder)
                encoded.Add(await encoder.EncodeAsync(new EncodeRequest(video, rendition, tree) { JobId = url }, cancellationToken: cancellationToken));
            File.Delete(source);
            return (await uploader.UploadAsync(new UploadRequest(url, tree) { Profiles = encoded }, cancellationToken: cancellationToken)).RootCid;
        }
        finally
        {
            Directory.Delete(workDirectory, recursive: true);
        }
    }
}
