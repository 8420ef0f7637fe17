using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Diagnostics;

/// <summary>URLs, options and scopes carry credentials: they reach neither the disk, nor a log, nor a metric, nor a text of the library.</summary>
public class SecretsTests
{
    private const string Host = "private-host.test";
    private static readonly string[] Secrets = [Host, "s3cret-user", "s3cret-password", "s3cret-token", "s3cret-option", "s3cret-scope", "s3cret-content"];

    [Fact]
    public async Task Nothing_that_a_request_carries_gets_out()
    {
        var seen = new ConcurrentQueue<string>();
        using var meters = new TestMeters((name, tags) => seen.Enqueue($"{name} {tags}"));
        using var activities = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "SmartCache",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => seen.Enqueue($"{activity.DisplayName} {string.Join(' ', activity.TagObjects)}"),
        };
        ActivitySource.AddActivityListener(activities);
        await using var cache = new TestCache(settings => settings with { History = 1_000_000 }, probe: new FakeProbe(), with: services => services with { Meters = meters });
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        var request = job.Request(url: $"https://s3cret-user:s3cret-password@{Host}/video.mp4?token=s3cret-token") with
        {
            Options = new Dictionary<string, string> { ["cookie"] = "s3cret-option" },
            Scope = "s3cret-scope",
        };

        foreach (var one in new[] { request, request with { ContentId = "ipfs:s3cret-content" } })
        {
            foreach (var use in new[] { CacheUse.Use, CacheUse.Use, CacheUse.Refresh, CacheUse.NoStore, CacheUse.Bypass })
            {
                var video = await job.DownloadAsync(one with { Use = use, DestinationPath = job.Request().DestinationPath });
                await job.EncodeAsync(video, use: use);
                seen.Enqueue($"{one} {video} {SourceKey.From(one)} {new EncodeRequest(video, TestJob.Profile, "/out")}");
            }

            await using var plan = await cache.Manager.PlanAsync(one, [TestJob.Profile], job.Encoder);
            await using var lease = await cache.Manager.Sources.TryGetAsync(SourceKey.From(one));
            seen.Enqueue($"{plan} {lease} {lease!.Media}");
        }

        // Now, because the faults below take records away, and again after them.
        AssertDiskClean(cache);
        Directory.GetFiles(Path.Combine(cache.Settings.Root, "sources", "keys")).Should().HaveCount(2);
        await FailAsync(cache, job, request, seen);
        await cache.Manager.CleanupAsync();

        seen.Should().NotBeEmpty();
        AssertClean(string.Join('\n', seen), "metrics, activities and texts");
        AssertClean(cache.Log.ToString(), "the log");
        cache.Log.Of(400).Should().NotBeEmpty("faults are a part of this test");
        AssertDiskClean(cache);
        Directory.GetFiles(Path.Combine(cache.Settings.Root, "history"), "*.events").Should().NotBeEmpty("it is among what was searched");
    }

    /// <summary>Errors of the worker and faults of the cache: a keys directory that is a file, a damaged key record, a request without a source.</summary>
    private static async Task FailAsync(TestCache cache, TestJob job, DownloadRequest request, ConcurrentQueue<string> seen)
    {
        var failing = new CachingVideoDownloader(new FakeDownloader(_ => throw new HttpRequestException("the worker's own text")), cache.Manager);
        var other = request with { Source = request.Source + "&other" };
        try
        {
            await failing.DownloadAsync(other);
        }
        catch (HttpRequestException exception)
        {
            seen.Enqueue(exception.Message);
        }

        foreach (var bad in new[] { request with { Source = null! }, request with { Options = null! } })
        {
            await job.DownloadAsync(bad with { DestinationPath = job.Request().DestinationPath });
        }

        var keys = Path.Combine(cache.Settings.Root, "sources", "keys");
        foreach (var key in Directory.GetFiles(keys))
        {
            await File.WriteAllTextAsync(key, "{ torn");
        }

        await job.DownloadAsync(request with { DestinationPath = job.Request().DestinationPath });
        Directory.Delete(keys, recursive: true);
        await File.WriteAllTextAsync(keys, "a file where a directory should be");
        var video = await job.DownloadAsync(request with { DestinationPath = job.Request().DestinationPath });
        await cache.Manager.RejectSourceAsync(video, "no good");
    }

    private static void AssertDiskClean(TestCache cache)
    {
        foreach (var path in Directory.EnumerateFileSystemEntries(cache.Settings.Root, "*", SearchOption.AllDirectories))
        {
            AssertClean(path, "a file's name");
            if (File.Exists(path))
            {
                // Not by File.ReadAllBytes, which wants a lock that this process's own writer lock refuses.
                AssertClean(Encoding.Latin1.GetString(BoundedFile.Read(FileSystem.Current, path, int.MaxValue)!), path);
            }
        }
    }

    private static void AssertClean(string text, string where)
    {
        foreach (var secret in Secrets)
        {
            text.Contains(secret, StringComparison.OrdinalIgnoreCase).Should().BeFalse($"{secret} must not be in {where}");
        }
    }
}
