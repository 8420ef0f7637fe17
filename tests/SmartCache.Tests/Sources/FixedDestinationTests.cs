using SmartCache.Abstractions;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Sources;

/// <summary>Stages that make their output anew in the same place, by truncating what lies there: it may be an entry's file, by hard link.</summary>
public class FixedDestinationTests
{
    private const string Other = "http://example.test/other.mp4";

    [Theory]
    [Trait("Found", "M11")]
    [InlineData(CacheUse.Use, Other, false)]
    [InlineData(CacheUse.Refresh, TestJob.Url, false)]
    [InlineData(CacheUse.NoStore, Other, false)]
    [InlineData(CacheUse.Bypass, Other, false)]
    [InlineData(CacheUse.Use, Other, true)]
    public async Task Downloader_that_truncates_its_destination_does_not_reach_the_entry(CacheUse use, string url, bool rests)
    {
        using var disk = new HangingDisk();
        await using var cache = Linking(disk);
        var inner = new TruncatingDownloader();
        var job = new TestJob(cache, inner);
        var fixedPath = cache.WorkPath("source.mp4");
        await job.DownloadAsync(new DownloadRequest(TestJob.Url, fixedPath));
        var stored = Directory.GetFiles(cache.Entries("sources").Single(), "source.*").Single();
        FileSystem.Current.Stat(stored)!.Value.Links.Should().Be(2);
        var (hash, inode) = (Bytes.Sha256OfFile(stored), FileSystem.Current.Stat(stored)!.Value.Inode);
        if (rests)
        {
            await LetRestAsync(cache, disk);
        }

        await job.Downloader.DownloadAsync(new DownloadRequest(url, fixedPath) { Use = use });

        inner.Calls.Should().Be(2);
        FileSystem.Current.Stat(fixedPath)!.Value.Inode.Should().NotBe(inode);
        Bytes.Sha256OfFile(stored).Should().Be(hash);
        disk.Answer();
        await cache.Manager.FlushAsync().Guarded();
    }

    [Fact]
    [Trait("Found", "M11")]
    public async Task What_a_downloader_may_continue_or_follow_stays()
    {
        await using var cache = Linking();
        var partial = cache.WorkPath("partial.mp4");
        await File.WriteAllBytesAsync(partial, Bytes.Random(5_000));
        var target = cache.WorkPath("target.mp4");
        await File.WriteAllBytesAsync(target, Bytes.Random(5_000));
        FileSystem.Current.TryLink(target, cache.WorkPath("second name")).Should().BeTrue();
        var link = cache.WorkPath("link.mp4");
        File.CreateSymbolicLink(link, target);
        var found = new List<string>();
        var job = new TestJob(cache, new TruncatingDownloader(request => found.Add($"{new FileInfo(request.DestinationPath).Length} {new FileInfo(request.DestinationPath).LinkTarget}")));

        await job.DownloadAsync(new DownloadRequest(TestJob.Url, partial));
        await job.DownloadAsync(new DownloadRequest(Other, link));

        found.Should().HaveCount(2);
        found[0].Should().Be("5000 ");
        found[1].Should().EndWith(target);
    }

    [Theory]
    [Trait("Found", "M11")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cache_or_layer_that_is_off_touches_no_name(bool wholeCache)
    {
        await using var cache = Linking();
        var job = new TestJob(cache, new TruncatingDownloader());
        var fixedPath = cache.WorkPath("source.mp4");
        await job.DownloadAsync(new DownloadRequest(TestJob.Url, fixedPath));
        var inode = FileSystem.Current.Stat(fixedPath)!.Value.Inode;
        cache.Settings = wholeCache ? cache.Settings with { Enabled = false } : cache.Settings with { SourcesMode = LayerMode.Off };

        await job.DownloadAsync(new DownloadRequest(Other, fixedPath));

        FileSystem.Current.Stat(fixedPath)!.Value.Inode.Should().Be(inode);
    }

    [Theory]
    [Trait("Found", "M11b")]
    [InlineData(CacheUse.Refresh, false)]
    [InlineData(CacheUse.Bypass, false)]
    [InlineData(CacheUse.Use, true)]
    public async Task Encoder_that_truncates_its_segments_does_not_reach_the_entry(CacheUse use, bool rests)
    {
        using var disk = new HangingDisk();
        await using var cache = Linking(disk);
        var encoder = new FakeEncoder();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)), encoder);
        var source = await job.DownloadAsync();
        var output = cache.WorkPath("out");
        var media = source.Media!;
        var request = new EncodeRequest(source, TestJob.Profile, output) { Recipe = await encoder.DescribeAsync(media, TestJob.Profile), Use = use };
        await job.Encoder.EncodeAsync(request with { Use = CacheUse.Use });
        await cache.Manager.FlushAsync();
        var stored = TestJob.Tree(cache.Entries("profiles").Single());
        var (own, twin) = (Path.Combine(output, "mine.txt"), Path.Combine(output, "mine too.txt"));
        await File.WriteAllTextAsync(own, "the worker's own");
        FileSystem.Current.TryLink(own, twin).Should().BeTrue();
        Dictionary<string, string>? whileEncoding = null;
        encoder.SegmentBytes = 2048;
        encoder.After = _ => whileEncoding = TestJob.Tree(cache.Entries("profiles").Single());
        if (rests)
        {
            await LetRestAsync(cache, disk);
        }

        await job.Encoder.EncodeAsync(request with { Source = source with { Media = media } });

        encoder.Calls.Should().Be(2);
        whileEncoding.Should().Equal(stored);
        FileSystem.Current.Stat(own)!.Value.Links.Should().Be(2, "no name of another file is taken away");
        disk.Answer();
        await cache.Manager.FlushAsync().Guarded();
    }

    private static TestCache Linking(FileSystem? disk = null) => new(
        static settings => settings with { Materialize = MaterializeMode.HardLink, OperationTimeout = TimeSpan.FromMilliseconds(300) }, fileSystem: disk);

    /// <summary>Time-outs until both layers rest.</summary>
    private static async Task LetRestAsync(TestCache cache, HangingDisk disk)
    {
        disk.Hang();
        foreach (var layer in new[] { cache.Layer(), cache.ProfileLayer() })
        {
            while (layer.Boundary.Unavailable is null)
            {
                await layer.Boundary.AttemptAsync("look", false, _ => layer.Entries.Exists(Entries.Name), CancellationToken.None).AsTask().Guarded();
            }
        }

        // It rests for a minute more. The names that are taken away lie on the same disk.
        disk.Answer();
    }

    private sealed class TruncatingDownloader(Action<DownloadRequest>? before = null) : IVideoDownloader
    {
        public int Calls { get; private set; }

        public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            Calls++;
            before?.Invoke(request);
            await File.WriteAllBytesAsync(request.DestinationPath, Bytes.Random(20_000, seed: Calls), cancellationToken);
            return new DownloadedVideo(request.DestinationPath, 20_000);
        }
    }
}
