namespace SmartCache.Pool;

/// <summary>A node that takes every file at once, and confirms it.</summary>
internal sealed class NodeUploader : IIpfsUploader
{
    public static readonly UploadTarget Target = new("node", "v1");

    public int Sent { get; private set; }

    public async Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var checkpoint = request.Session!.For(Target);
        foreach (var file in request.Session.Files)
        {
            if (!checkpoint.TryGetCid(file, out _))
            {
                Sent++;
                await checkpoint.RecordFileAsync(file, "bafk" + file.Sha256[..20], cancellationToken);
            }
        }

        foreach (var profile in request.Profiles)
        {
            await checkpoint.RecordProfileAsync(profile, "bafydir" + profile.Name, cancellationToken);
        }

        return new UploadResult("bafyroot") { Target = Target, Verified = true };
    }

    /// <summary>The profiles of a job that <see cref="Worker"/> has done, each as a tree of its own.</summary>
    public async Task UploadAsync(CacheManager cache, string work)
    {
        var uploader = new ResumingIpfsUploader(this, cache);
        foreach (var profile in Worker.Profiles)
        {
            var directory = Path.Combine(work, profile.Name);
            var encoded = new EncodedProfile { Name = profile.Name, Directory = directory, Playlist = "index.m3u8" };
            await uploader.UploadAsync(new UploadRequest("job", directory) { Profiles = [encoded], Target = Target });
        }
    }
}
