using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Sources;

/// <summary>Files that are dated oddly, or lie behind a link: each is stored, or it is said why not.</summary>
[Trait("Found", "M41")]
public class OddSourcesTests
{
    private static readonly byte[] _video = Bytes.Random(50_000);

    [Fact]
    public async Task Source_dated_ahead_of_the_clock_is_not_stored_which_is_said_and_its_profiles_are()
    {
        await using var cache = new TestCache(static settings => settings with { Materialize = MaterializeMode.HardLink });
        var job = new TestJob(cache, new Dated(_video, static () => DateTime.UtcNow.AddSeconds(2)));

        var encoded = await job.EncodeAsync(await job.DownloadAsync());
        var again = await job.EncodeAsync(await job.DownloadAsync());

        (encoded.Outcome, again.Outcome).Should().Be((CacheOutcome.Miss, CacheOutcome.Hit), cache.Log.ToString());
        cache.Entries("sources").Should().BeEmpty();
        cache.Log.Of(112).Should().NotBeEmpty().And.OnlyContain(static line => line.Contains("ahead of the clock"));
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Profile_with_a_file_dated_ahead_of_the_clock_is_not_stored_which_is_said()
    {
        await using var cache = new TestCache(static settings => settings with { Materialize = MaterializeMode.HardLink });
        var encoder = new FakeEncoder { After = static request => File.SetLastWriteTimeUtc(Path.Combine(request.OutputDirectory, "seg_00001.ts"), DateTime.UtcNow.AddMinutes(1)) };
        var job = new TestJob(cache, new FakeDownloader(_video), encoder);

        await job.EncodeAsync(await job.DownloadAsync());

        cache.Entries("profiles").Should().BeEmpty();
        cache.Log.Of(206).Should().ContainSingle().Which.Should().Contain("720p").And.Contain("ahead of the clock");
    }

    [Theory]
    [InlineData("HardLink")]
    [InlineData("Copy")]
    public async Task Source_dated_before_1970_is_a_hit(string materialize)
    {
        await using var cache = new TestCache(settings => settings with { Materialize = Enum.Parse<MaterializeMode>(materialize) });
        var job = new TestJob(cache, new Dated(_video, static () => new DateTime(1958, 3, 4, 5, 6, 7, 123, DateTimeKind.Utc)));

        var first = await job.DownloadAsync();
        var second = await job.DownloadAsync();

        (first.Outcome, second.Outcome).Should().Be((CacheOutcome.Miss, CacheOutcome.Hit), cache.Log.ToString());
        Bytes.Sha256OfFile(second.Path).Should().Be(Bytes.Sha256(_video));
        cache.Log.Of(400).Should().BeEmpty();
    }

    [MountFact("mkfs.btrfs")]
    public async Task Source_dated_before_1970_is_a_hit_by_reflink()
    {
        using var mount = Mount.Image("btrfs", 160);
        await using var cache = new TestCache(static settings => settings with { MinFreeSpace = new FreeSpaceFloor(0, null) }, root: mount.Path);
        var job = new TestJob(cache, new Dated(_video, static () => new DateTime(1958, 3, 4, 5, 6, 7, 123, DateTimeKind.Utc)));

        await job.DownloadAsync();
        var second = await job.DownloadAsync();

        second.Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Destination_that_is_a_symbolic_link_is_stored_from_the_file_behind_it()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new Dated(_video, static () => DateTime.UtcNow.AddDays(-1)));
        var target = cache.WorkPath("target.mp4");

        async Task<DownloadedVideo> AttemptAsync()
        {
            var link = cache.WorkPath("link.mp4");
            File.Delete(link);
            File.CreateSymbolicLink(link, target);
            return await job.DownloadAsync(new DownloadRequest(TestJob.Url, link));
        }

        var first = await AttemptAsync();
        var second = await AttemptAsync();

        (first.Outcome, second.Outcome).Should().Be((CacheOutcome.Miss, CacheOutcome.Hit), cache.Log.ToString());
        Bytes.Sha256OfFile(second.Path).Should().Be(Bytes.Sha256(_video));
        new FileInfo(second.Path).LinkTarget.Should().BeNull("a hit replaces the name, and never writes through it");
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Source_behind_a_symbolic_link_that_no_download_stage_made_is_known_by_its_content()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(_video));
        var source = await TestJob.SourceAsync(cache);
        var link = cache.WorkPath("link.mp4");
        File.CreateSymbolicLink(link, source.Path);

        await job.EncodeAsync(source with { Path = link });

        (await job.EncodeAsync(source)).Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
    }

    /// <summary>Writes through what is there, as most downloaders do, and dates the file.</summary>
    private sealed class Dated(byte[] content, Func<DateTime> time) : IVideoDownloader
    {
        public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            await File.WriteAllBytesAsync(request.DestinationPath, content, cancellationToken);
            File.SetLastWriteTimeUtc(request.DestinationPath, time());
            return new DownloadedVideo(request.DestinationPath, content.Length);
        }
    }
}
