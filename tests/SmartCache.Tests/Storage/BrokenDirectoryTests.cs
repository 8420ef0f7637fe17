using SmartCache.Configuration;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>Whatever the cache's directory is like: jobs get the right bytes, and the log says once for each layer what is wrong.</summary>
public class BrokenDirectoryTests
{
    private static readonly byte[] _video = Bytes.Random(3_000_000);
    private static readonly EncodingProfile _profile = new("720p");

    [Fact]
    public async Task Directory_that_does_not_exist_is_made()
    {
        await using var cache = new TestCache(settings => CacheSettings.ForRoot(Path.Combine(settings.Root, "not", "yet", "there")));

        await RunJobAsync(cache, CacheOutcome.Miss);
        await RunJobAsync(cache, CacheOutcome.Hit);

        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task File_in_place_of_the_directory_is_named_and_jobs_go_on()
    {
        await using var cache = new TestCache();
        await File.WriteAllTextAsync(cache.CacheRoot(), "a file");

        await RunJobAsync(cache, CacheOutcome.Miss);
        await RunJobAsync(cache, CacheOutcome.Miss);

        ShouldSayOnce(cache, "is a file; the cache needs a directory there");
        (await File.ReadAllTextAsync(cache.CacheRoot())).Should().Be("a file");
    }

    [MountFact]
    public async Task Read_only_directory_is_named_and_jobs_go_on()
    {
        using var mount = Mount.Tmpfs(64);
        mount.MakeReadOnly();
        await using var cache = On(mount);

        await RunJobAsync(cache, CacheOutcome.Miss);
        await RunJobAsync(cache, CacheOutcome.Miss);

        ShouldSayOnce(cache, "Read-only file system");
    }

    [MountFact("mkfs.ext4")]
    public async Task Directory_that_becomes_read_only_under_the_running_cache_is_named_and_jobs_go_on()
    {
        using var mount = Mount.Image("ext4", 64);
        await using var cache = On(mount);
        await RunJobAsync(cache, CacheOutcome.Miss);
        await RunJobAsync(cache, CacheOutcome.Hit);

        mount.BreakExt4();
        await RunJobAsync(cache, CacheOutcome.Miss);
        await RunJobAsync(cache, CacheOutcome.Miss);

        ShouldSayOnce(cache, "Read-only file system");
    }

    [MountFact]
    public async Task Directory_on_another_file_system_than_the_work_works_by_copying()
    {
        using var mount = Mount.Tmpfs(64);
        await using var cache = On(mount);

        await RunJobAsync(cache, CacheOutcome.Miss);
        await RunJobAsync(cache, CacheOutcome.Hit);

        cache.Log.Of(400).Should().BeEmpty();
        cache.Log.Of(100).Should().Contain(line => line.Contains("Copy", StringComparison.OrdinalIgnoreCase), cache.Log.ToString());
    }

    [MountFact]
    public async Task Full_disk_is_named_and_jobs_go_on_and_the_space_is_given_back()
    {
        // A disk that is fuller than it says, as when another program writes in the moment between a look and a write.
        using var mount = Mount.Tmpfs(2);
        await using var cache = On(mount, new DiskOfSize(1_000_000_000));

        // The profile fits beside nothing: the source's attempt must have given its space back by then.
        await RunJobAsync(cache, CacheOutcome.Miss, segmentBytes: 300_000);
        (await DownloadAsync(cache)).Outcome.Should().Be(CacheOutcome.Miss);
        await RunEncodeAsync(cache, CacheOutcome.Hit, 300_000);

        cache.Log.Of(400).Should().Contain(line => line.Contains("layer sources")).And.OnlyContain(line => line.Contains("No space left"))
            .And.HaveCountLessThanOrEqualTo(2, "the source's layer and perhaps the account say so, once each");
        new DirectoryInfo(mount.Path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length).Should().BeLessThan(1_500_000);
    }

    private static TestCache On(Mount mount) => On(mount, FileSystem.Current);

    private static TestCache On(Mount mount, FileSystem files) =>
        new(_ => CacheSettings.ForRoot(Path.Combine(mount.Path, "cache")) with { MinFreeSpace = new FreeSpaceFloor(0, null) }, fileSystem: files);

    private static async Task RunJobAsync(TestCache cache, CacheOutcome outcome, int segmentBytes = 4096)
    {
        (await DownloadAsync(cache)).Outcome.Should().Be(outcome, cache.Log.ToString());
        await RunEncodeAsync(cache, outcome, segmentBytes);
    }

    private static async Task<DownloadedVideo> DownloadAsync(TestCache cache)
    {
        File.Delete(cache.WorkPath("a.mp4"));
        var downloader = new CachingVideoDownloader(new FakeDownloader(_video), cache.Manager);
        var video = await downloader.DownloadAsync(new DownloadRequest("http://example.test/video", cache.WorkPath("a.mp4")));
        await cache.Manager.FlushAsync();
        (await File.ReadAllBytesAsync(video.Path)).Should().Equal(_video);
        return video;
    }

    private static async Task RunEncodeAsync(TestCache cache, CacheOutcome outcome, int segmentBytes)
    {
        var encoder = new CachingProfileEncoder(new FakeEncoder { SegmentBytes = segmentBytes }, cache.Manager);
        var output = Directory.CreateDirectory(cache.WorkPath(Guid.NewGuid().ToString("N")));
        var source = new DownloadedVideo(cache.WorkPath("a.mp4"), _video.Length);
        var encoded = await encoder.EncodeAsync(new EncodeRequest(source, _profile, output.FullName));
        await cache.Manager.FlushAsync();
        // Where the content's hash cannot be had either, the encode goes past the cache.
        encoded.Outcome.Should().Match(found => found == outcome || (outcome == CacheOutcome.Miss && found == CacheOutcome.Bypass), cache.Log.ToString());
        output.EnumerateFiles().Should().HaveCount(5).And.OnlyContain(file => file.Extension == ".m3u8" || file.Length == segmentBytes);
        output.Delete(recursive: true);
    }

    private static void ShouldSayOnce(TestCache cache, string what)
    {
        cache.Log.Of(400).Should().NotBeEmpty().And.OnlyContain(line => line.Contains(what, StringComparison.Ordinal));
        cache.Log.Of(400).Select(line => line.Split(',')[0]).Should().OnlyHaveUniqueItems("a layer says it once: {0}", cache.Log);
    }
}
