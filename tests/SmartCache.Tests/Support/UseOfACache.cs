using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Support;

/// <summary>Everything that a worker asks a cache for, on one small video.</summary>
internal static class UseOfACache
{
    public static readonly byte[] Video = Bytes.Random(50_000);

    private static readonly UploadTarget _target = new("node", "v1");

    /// <summary>Does the work until it is a hit.</summary>
    public static async Task HitAsync(this TestCache cache)
    {
        await cache.UseAsync();
        (await cache.UseAsync()).Should().Be(CacheOutcome.Hit, cache.Log.ToString());
    }

    /// <summary>Downloads, encodes and uploads, and makes sure of the bytes; gives the download's outcome.</summary>
    public static async Task<CacheOutcome?> UseAsync(this TestCache cache)
    {
        var job = new TestJob(cache, new FakeDownloader(Video));
        var video = await job.DownloadAsync(new DownloadRequest(TestJob.Url, cache.WorkPath($"{Guid.NewGuid():N}.mp4")) { JobId = "job-1" });
        (await File.ReadAllBytesAsync(video.Path)).Should().Equal(Video);
        var encoded = await job.EncodeAsync(video);
        Directory.GetFiles(encoded.Directory).Should().HaveCount(5);
        await new ResumingIpfsUploader(new ScriptedUploader(_target), cache.Manager).UploadAsync(new UploadRequest("job-1", encoded.Directory) { Profiles = [encoded], Target = _target });
        return video.Outcome;
    }

    /// <summary>Everything by which a cache takes something away.</summary>
    public static async Task CleanAsync(this TestCache cache)
    {
        await cache.Manager.CleanupAsync();
        await cache.Manager.VerifyAsync();
        foreach (var verifier in cache.Manager.Verifiers)
        {
            await verifier.RunAsync(CancellationToken.None);
        }

        await cache.Manager.Cleaner.RelieveAsync(CancellationToken.None);
        await cache.Manager.ClearAsync();
        await cache.Manager.RemoveBySourceAsync(new string('0', 64));
        await cache.Manager.GetStatisticsAsync();
        await cache.Manager.CleanupAsync();
        await cache.Manager.FlushAsync();
    }
}
