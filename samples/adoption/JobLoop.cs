using SmartCache;

namespace Adoption;

/// <summary>One job of a worker. The cache stands behind the three interfaces; nothing in here knows of it.</summary>
public sealed class JobLoop(IVideoDownloader downloader, IProfileEncoder encoder, IIpfsUploader uploader)
{
    private static readonly EncodingProfile[] _profiles = [new("720p") { Preset = "hd" }, new("480p") { Preset = "sd" }];

    /// <param name="jobId">Whatever stays the same over the retries of one piece of work.</param>
    /// <param name="source">URL of the video.</param>
    /// <param name="workDirectory">The job's own directory; deleted after each attempt.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task<string> RunAsync(string jobId, string source, string workDirectory, CancellationToken cancellationToken = default)
    {
        var tree = Path.Combine(workDirectory, "hls");
        Directory.CreateDirectory(tree);
        try
        {
            var video = await downloader.DownloadAsync(
                new DownloadRequest(source, Path.Combine(workDirectory, "source")) { JobId = jobId }, cancellationToken: cancellationToken);

            List<EncodedProfile> encoded = [];
            foreach (var profile in _profiles)
            {
                var request = new EncodeRequest(video, profile, Path.Combine(tree, profile.Name)) { JobId = jobId };
                encoded.Add(await encoder.EncodeAsync(request, cancellationToken: cancellationToken));
            }

            var result = await uploader.UploadAsync(new UploadRequest(jobId, tree) { Profiles = encoded }, cancellationToken: cancellationToken);
            return result.RootCid;
        }
        finally
        {
            Directory.Delete(workDirectory, recursive: true);
        }
    }
}
