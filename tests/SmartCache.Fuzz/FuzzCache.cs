using SmartCache.Configuration;

namespace SmartCache.Fuzz;

/// <summary>A whole cache in a directory of its own, the worker's stages before it, and one job through all of them.</summary>
internal sealed class FuzzCache : IDisposable
{
    private int _attempts;

    public FuzzCache(string home)
    {
        Root = Path.Combine(home, "cache");
        Work = Directory.CreateDirectory(Path.Combine(home, "work")).FullName;
        Settings = new FuzzSettings(CacheSettings.ForRoot(Root) with { MinFreeSpace = new FreeSpaceFloor(0, null) });
        Manager = new CacheManager(new CacheServices(Settings, Log, TimeProvider.System) { Probe = Stages });
    }

    public string Root { get; }

    public string Work { get; }

    public FuzzSettings Settings { get; }

    public FuzzStages Stages { get; } = new();

    public FuzzLog Log { get; } = new();

    public CacheManager Manager { get; }

    /// <summary>Downloads, encodes, uploads, and checks that the worker has what its stages would have made.</summary>
    public async Task RunJobAsync()
    {
        var attempt = $"{++_attempts}";
        var source = Path.Combine(Work, attempt + ".mp4");
        var output = Path.Combine(Work, attempt);
        var video = await new CachingVideoDownloader(Stages, Manager).DownloadAsync(new DownloadRequest("http://example.test/v", source) { JobId = "job" }).ConfigureAwait(false);
        FuzzFailureException.Unless(File.ReadAllBytes(source).AsSpan().SequenceEqual(FuzzStages.Video), "the job got a wrong source");
        var encoded = await new CachingProfileEncoder(Stages, Manager).EncodeAsync(new EncodeRequest(video, FuzzStages.Profile, output) { JobId = "job" }).ConfigureAwait(false);
        FuzzFailureException.Unless(File.ReadAllText(Path.Combine(output, encoded.Playlist)) == FuzzStages.Playlist(), "the job got a wrong playlist");
        for (var i = 0; i < 2; i++)
        {
            FuzzFailureException.Unless(File.ReadAllBytes(Path.Combine(output, $"seg_{i}.ts")).AsSpan().SequenceEqual(FuzzStages.Segment(i)), "the job got a wrong segment");
        }

        var uploaded = await new ResumingIpfsUploader(Stages, Manager).UploadAsync(new UploadRequest("job", output) { Profiles = [encoded] }).ConfigureAwait(false);
        FuzzFailureException.Unless(uploaded.RootCid == "bafyroot", "the upload's result is another one");
        await Manager.FlushAsync().ConfigureAwait(false);
        File.Delete(source);
        Directory.Delete(output, recursive: true);
    }

    public void Dispose() => Manager.Dispose();
}
