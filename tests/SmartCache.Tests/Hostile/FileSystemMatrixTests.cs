using SmartCache.Configuration;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Hostile;

/// <summary>A whole job on each file system, with the work beside the cache and elsewhere: what is given, and which way it was materialised.</summary>
public class FileSystemMatrixTests
{
    private static readonly byte[] _video = Bytes.Random(300_000);

    [MountFact("mkfs.ext4")]
    public Task Ext4() => JobAsync(static () => Mount.Image("ext4", 64), MaterializedBy.HardLink);

    [MountFact("mkfs.xfs")]
    public Task Xfs_with_reflinks() => JobAsync(static () => Mount.Image("xfs", 320), MaterializedBy.Reflink);

    [MountFact("mkfs.btrfs")]
    public Task Btrfs() => JobAsync(static () => Mount.Image("btrfs", 160), MaterializedBy.Reflink);

    [MountFact]
    public Task Tmpfs() => JobAsync(static () => Mount.Tmpfs(32), MaterializedBy.HardLink);

    [MountFact("mkfs.ext4")]
    public async Task File_at_the_limit_of_links_is_copied()
    {
        using var mount = Mount.Image("ext4", 64);
        await using var cache = new TestCache(settings => settings with { MinFreeSpace = new FreeSpaceFloor(0, null) }, root: mount.Path);
        using var lease = cache.Publish(Entries.Name, ("source.bin", _video))!;
        var links = Directory.CreateDirectory(cache.WorkPath("links")).FullName;
        for (var i = 0; FileSystem.Current.TryLink(cache.PathOf(Entries.Name), Path.Combine(links, $"{i}")); i++)
        {
        }

        Directory.GetFiles(links).Length.Should().BeGreaterThan(60_000, "this is the limit of ext4");
        cache.Layer().Materializer.File(lease, 0, cache.WorkPath("one"), Entries.Pulse).Should().Be(MaterializedBy.Copy);
        File.ReadAllBytes(cache.WorkPath("one")).Should().Equal(_video);

        // A worker whose own file is at the limit: the cache's hold on it is a copy too.
        var source = Directory.GetFiles(links)[0];
        await using var added = await cache.Manager.Sources.AddAsync(SourceKey.From(new DownloadRequest("http://a.test/", "/d")), source);
        added.Should().NotBeNull(cache.Log.ToString());
        cache.Log.Of(400).Should().BeEmpty();
    }

    private static async Task JobAsync(Func<Mount> make, MaterializedBy expected)
    {
        using var mount = make();
        foreach (var isBeside in new[] { true, false })
        {
            var root = Path.Combine(mount.Path, isBeside ? "beside" : "apart", "cache");
            await using var cache = isBeside
                ? new TestCache(root: Path.GetDirectoryName(root))
                : new TestCache(_ => CacheSettings.ForRoot(root));
            cache.Settings = cache.Settings with { MinFreeSpace = new FreeSpaceFloor(0, null) };
            var job = new TestJob(cache, new FakeDownloader(_video));
            var source = await job.DownloadAsync();
            File.Delete(source.Path);
            await job.EncodeAsync(source);
            Directory.GetDirectories(cache.Work).ToList().ForEach(static made => Directory.Delete(made, recursive: true));

            var request = job.Request();
            (await job.DownloadAsync(request)).Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
            (await File.ReadAllBytesAsync(request.DestinationPath)).Should().Equal(_video);
            (await job.EncodeAsync(source)).Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
            var way = isBeside ? expected : MaterializedBy.Copy;
            cache.Log.Of(100).Where(static line => line.Contains(": Hit,", StringComparison.Ordinal))
                .Should().HaveCount(2).And.OnlyContain(line => line.EndsWith($"by {way}.", StringComparison.Ordinal));
            cache.Log.Of(415).Should().HaveCount(isBeside ? 0 : 2, "cache and work on different mounts are said once for each layer").And.OnlyHaveUniqueItems();

            var verified = await cache.Manager.VerifyAsync();
            (verified.Entries, verified.Quarantined).Should().Be((2, 0));
            cache.Settings = cache.Settings with { MaxSize = 1_000 };
            (await cache.Manager.CleanupAsync()).EvictedEntries.Should().Be(2, cache.Log.ToString());
            cache.Log.Of(400).Should().BeEmpty();
        }
    }
}
