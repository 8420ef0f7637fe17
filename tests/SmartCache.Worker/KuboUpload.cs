using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Configuration;
using SmartCache.Stages;

namespace SmartCache.Worker;

/// <summary>
/// Uploads a tree to a node and prints each file's path once its record counts as kept. After <c>hold</c> files it goes no
/// further, so that whoever kills it always finds it in mid-upload.
/// </summary>
internal static class KuboUpload
{
    /// <summary>Files that it sends at the same time.</summary>
    public const int Concurrency = 4;

    public static KuboUploader Uploader(Uri endpoint)
    {
        KuboOptions options = new() { Concurrency = Concurrency, BaseTimeout = TimeSpan.FromSeconds(20), RetryDelay = TimeSpan.FromMilliseconds(10) };
        options.Endpoints.Add(new KuboEndpoint(endpoint, "node"));
        return new KuboUploader(options);
    }

    /// <summary>A tree whose directories are its profiles.</summary>
    public static UploadRequest Request(string jobId, string tree) => new(jobId, tree)
    {
        Profiles = [.. Directory.GetDirectories(tree).Order(StringComparer.Ordinal)
            .Select(path => new EncodedProfile { Name = Path.GetFileName(path), Directory = path, Playlist = "index.m3u8" })],
    };

    public static async Task<int> RunAsync(string root, string tree, Uri endpoint, int hold)
    {
        using var kubo = Uploader(endpoint);
        await using var cache = new CacheManager(
            new CacheServices(new FixedSettings(CacheSettings.ForRoot(root)), NullLogger.Instance, TimeProvider.System) { Presence = kubo });
        var begun = 0;
        var watched = new WatchedUploader(kubo)
        {
            BeforeRecord = _ => Interlocked.Increment(ref begun) > hold ? Task.Delay(Timeout.Infinite) : Task.CompletedTask,
            Recorded = file => Console.Out.Write(file.RelativePath + "\n"),
        };
        await new ResumingIpfsUploader(watched, cache).UploadAsync(Request("job-1", tree));
        return 0;
    }
}
