using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Hostile;

/// <summary>
/// Somebody removes the cache, or one directory of it, under the running worker: the job that runs has its bytes, whatever lay there is made anew,
/// and soon everything is a hit again.
/// </summary>
public class RemovedDirectoriesTests
{
    private const int MostLines = 4;

    private static readonly byte[] _video = Bytes.Random(50_000);
    private static readonly UploadTarget _target = new("node", "v1");

    private static readonly string[] _directories =
    [
        ".", "quota", "quota/locks", "quota/staging",
        "sources", "sources/locks", "sources/staging", "sources/trash", "sources/quarantine", "sources/keys", "sources/facts", "sources/partials",
        "profiles", "profiles/locks", "profiles/staging", "profiles/trash", "profiles/quarantine",
        "uploads", "uploads/locks", "uploads/staging", "uploads/trash", "uploads/quarantine", "uploads/targets",
    ];

    public static TheoryData<string, string> DirectoriesAndMoments
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var directory in _directories)
            {
                foreach (var moment in new[] { "between jobs", "in the download", "in the encode", "in the upload" })
                {
                    data.Add(directory, moment);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(DirectoriesAndMoments))]
    public async Task Directory_removed_under_the_running_worker_costs_a_miss_and_is_made_again(string directory, string moment)
    {
        await using var cache = new TestCache();
        var worker = new Worker(cache);
        await worker.RunJobAsync("http://example.test/first", static _ => { });
        await cache.Manager.CleanupAsync();
        var path = Path.Combine(cache.Settings.Root, directory);
        Directory.CreateDirectory(path); // Some are made only when they are needed.

        await worker.RunJobAsync("http://example.test/another", now =>
        {
            if (now == moment)
            {
                Remove(path);
            }
        });

        // The first that needs what is gone may lose its entry, and no more than that.
        await worker.RunJobAsync("http://example.test/first", static _ => { });
        await worker.RunJobAsync("http://example.test/first", static _ => { });
        var last = await worker.RunJobAsync("http://example.test/first", static _ => { });
        last.Should().Be((CacheOutcome.Hit, CacheOutcome.Hit, CacheOutcome.Hit), cache.Log.ToString());
        await cache.Manager.CleanupAsync();
        Directory.GetFileSystemEntries(Path.Combine(cache.Settings.Root, "sources", "trash")).Should().BeEmpty();
        cache.Log.Of(400).Should().OnlyHaveUniqueItems().And.HaveCountLessThanOrEqualTo(MostLines);
    }

    /// <summary>As <c>rm -rf</c> does: what the worker makes or takes away meanwhile is no reason to stop.</summary>
    private static void Remove(string path)
    {
        for (var left = 100; Directory.Exists(path); left--)
        {
            try
            {
                Directory.Delete(path, recursive: true);
            }
            catch (IOException) when (left > 0)
            {
            }
        }
    }

    private sealed class Worker(TestCache cache)
    {
        private int _jobs;

        public async Task<(CacheOutcome, CacheOutcome, CacheOutcome)> RunJobAsync(string url, Action<string> at)
        {
            var work = Directory.CreateDirectory(cache.WorkPath($"{++_jobs}")).FullName;
            var download = new FakeDownloader(_video) { Before = _ => Now("in the download") };
            var encoder = new FakeEncoder { Before = (_, _) => Now("in the encode") };
            var uploader = new ScriptedUploader(_target) { BeforeEach = () => at("in the upload"), Answer = result => result with { FilesSent = 1 } };
            at("between jobs");
            var video = await new CachingVideoDownloader(download, cache.Manager).DownloadAsync(new DownloadRequest(url, Path.Combine(work, "v.mp4")) { JobId = url }).Guarded();
            (await File.ReadAllBytesAsync(video.Path)).Should().Equal(_video);
            if (download.Calls == 0)
            {
                at("in the download");
            }

            var encoded = await new CachingProfileEncoder(encoder, cache.Manager)
                .EncodeAsync(new EncodeRequest(video, TestJob.Profile, Path.Combine(work, "tree", "720p")) { JobId = url }).Guarded();
            Directory.GetFiles(encoded.Directory).Should().HaveCount(5);
            if (encoder.Calls == 0)
            {
                at("in the encode");
            }

            // A file of its own for each job, so that there is always something to send while something is removed.
            await File.WriteAllTextAsync(Path.Combine(work, "tree", "job"), url);
            var sent = await new ResumingIpfsUploader(uploader, cache.Manager)
                .UploadAsync(new UploadRequest(url, Path.Combine(work, "tree")) { Profiles = [encoded], Target = _target }).Guarded();
            sent.RootCid.Should().Be("bafyroot");
            await cache.Manager.FlushAsync().Guarded();
            return (video.Outcome, encoded.Outcome, sent.Outcome);

            Task Now(string moment)
            {
                at(moment);
                return Task.CompletedTask;
            }
        }
    }
}
