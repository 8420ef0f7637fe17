using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;
using SmartCache.Uploads;

namespace SmartCache.Tests.Hostile;

/// <summary>Two workers of different versions in one directory, as during an upgrade or a rollback: this one beside a newer one, all of whose files say so.</summary>
public class TwoVersionsTests
{
    private static readonly byte[] _video = Bytes.Random(20_000);
    private static readonly UploadTarget _target = new("node", "v1");

    [Fact]
    public async Task Old_worker_beside_a_newer_one_does_its_jobs_and_leaves_everything_of_the_other_alone()
    {
        await using var cache = new TestCache();
        (await RunJobAsync(cache, "before")).Should().Be((CacheOutcome.Miss, CacheOutcome.Miss));
        var newer = MakeNewer(cache);
        newer.Keys.Select(path => Path.GetFileName(Path.GetDirectoryName(path))).Distinct().Should().HaveCount(7, "one of each kind: {0}", string.Join(' ', newer.Keys));

        // Small, so that whatever may go would go.
        await using var old = new TestCache(_ => cache.Settings with { MaxSize = 1_000, MaxAge = TimeSpan.FromTicks(1) });
        (await RunJobAsync(old, "beside")).Should().Be((CacheOutcome.Miss, CacheOutcome.Miss));
        await old.Manager.CleanupAsync();
        await old.Manager.VerifyAsync();
        await old.Manager.GetStatisticsAsync();
        (await RunJobAsync(old, "again")).Should().Be((CacheOutcome.Miss, CacheOutcome.Miss));

        foreach (var (path, content) in newer)
        {
            (await File.ReadAllTextAsync(path)).Should().Be(content, path);
        }

        Directory.GetFileSystemEntries(old.Layer().Directory.Quarantine).Should().BeEmpty();
        old.Log.Of(400).Should().OnlyHaveUniqueItems().And.OnlyContain(line => line.Contains("newer version", StringComparison.Ordinal));
    }

    /// <summary>Manifests, records, account, states and journals, as a version could write them of which this one knows nothing but the number.</summary>
    private static Dictionary<string, string> MakeNewer(TestCache cache)
    {
        var root = cache.Settings.Root;
        var files = Directory.GetFiles(root, "manifest.json", SearchOption.AllDirectories)
            .Concat(Directory.GetFiles(Path.Combine(root, "sources", "keys")))
            .Concat(Directory.GetFiles(Path.Combine(root, "sources", "facts")))
            .Append(Path.Combine(root, "quota", "account.json"))
            .ToDictionary(static path => path, static _ => """{"version":2,"other":"fields"}""");
        foreach (var state in Directory.GetFiles(Path.Combine(root, "uploads"), "*.json"))
        {
            files[state] = """{"formatVersion":2,"other":"fields"}""";
        }

        foreach (var (path, content) in files)
        {
            File.WriteAllText(path, content);
        }

        // Of a journal the header says it, a record like others.
        foreach (var journal in Directory.GetFiles(Path.Combine(root, "uploads", "targets"), "*.journal", SearchOption.AllDirectories))
        {
            File.WriteAllBytes(journal, (JournalRecord.HeaderOf(_target, 1) with { Version = 2 }).ToLine());
            files[journal] = File.ReadAllText(journal);
        }

        return files;
    }

    private static async Task<(CacheOutcome Source, CacheOutcome Profile)> RunJobAsync(TestCache cache, string attempt)
    {
        var work = Directory.CreateDirectory(cache.WorkPath(attempt)).FullName;
        var video = await new CachingVideoDownloader(new FakeDownloader(_video), cache.Manager)
            .DownloadAsync(new DownloadRequest("http://example.test/video", Path.Combine(work, "v.mp4")) { JobId = "job" });
        (await File.ReadAllBytesAsync(video.Path)).Should().Equal(_video);
        var encoded = await new CachingProfileEncoder(new FakeEncoder(), cache.Manager)
            .EncodeAsync(new EncodeRequest(video, TestJob.Profile, Path.Combine(work, "tree", "720p")) { JobId = "job" });
        Directory.GetFiles(encoded.Directory).Should().HaveCount(5);
        var uploader = new ScriptedUploader(_target);
        await new ResumingIpfsUploader(uploader, cache.Manager).UploadAsync(new UploadRequest("job", Path.Combine(work, "tree")) { Target = _target });
        uploader.Sent.Should().HaveCount(5);
        await cache.Manager.FlushAsync();
        return (video.Outcome, encoded.Outcome);
    }
}
