using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>Which directories a cache begins in, and that it begins in them once: with several processes at a time, and where one is killed in between.</summary>
[Trait("Found", "M5")]
public class BeginningOfACacheTests
{
    private const string Marker = "CACHEDIR.TAG";
    private const int Refused = 433;

    [Fact]
    public async Task Directory_with_names_of_the_file_system_and_of_whoever_made_it_is_empty()
    {
        await using var cache = new TestCache();
        foreach (var name in new[] { "lost+found", ".snapshots", "sources", "uploads/lost+found" })
        {
            Directory.CreateDirectory(Path.Combine(cache.Settings.Root, name));
        }

        await File.WriteAllTextAsync(Path.Combine(cache.Settings.Root, ".CACHEDIR.TAG.0123456789abcdef0123456789abcdef"), "Signa");

        await cache.HitAsync();
        Directory.GetFiles(cache.Settings.Root, ".CACHEDIR*").Should().BeEmpty();
    }

    [Fact]
    public async Task Directory_with_a_file_named_DISABLED_is_left_as_it_is_until_that_goes()
    {
        await using var cache = new TestCache();
        Directory.CreateDirectory(cache.Settings.Root);
        var disabled = Path.Combine(cache.Settings.Root, "DISABLED");
        await File.WriteAllTextAsync(disabled, "");
        (await cache.UseAsync()).Should().Be(CacheOutcome.Bypass);
        Directory.GetFileSystemEntries(cache.Settings.Root).Should().ContainSingle("nothing is made in a cache that is disabled");

        File.Delete(disabled);

        await cache.HitAsync();
        cache.Log.Of(Refused).Should().BeEmpty();
    }

    [Fact]
    public void Directory_that_holds_only_DISABLED_is_empty()
    {
        var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        File.WriteAllText(Path.Combine(root, "DISABLED"), "");
        using var layer = new LayerOf(root);

        layer.Directory.EnsureOpen();

        File.Exists(Path.Combine(root, Marker)).Should().BeTrue();
        Directory.Delete(root, recursive: true);
    }

    [MountFact("mkfs.ext4")]
    public async Task Mount_point_with_lost_and_found_is_empty()
    {
        using var mount = Mount.Image("ext4", 64);
        Directory.Exists(Path.Combine(mount.Path, "lost+found")).Should().BeTrue();
        await using var cache = new TestCache(_ => CacheSettings.ForRoot(mount.Path) with { MinFreeSpace = new FreeSpaceFloor(0, null) });

        await cache.HitAsync();
        cache.Log.Of(400).Should().BeEmpty();
    }

    [MountTheory("mkfs.ext4")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Directory_that_is_read_only_is_refused_only_where_it_is_somebody_elses(bool isForeign)
    {
        using var mount = Mount.Image("ext4", 64);
        if (isForeign)
        {
            Owned.PlantIn(mount.Path);
        }

        mount.MakeReadOnly();
        await using var cache = new TestCache(_ => CacheSettings.ForRoot(mount.Path));
        for (var attempt = 0; attempt < 2; attempt++)
        {
            await cache.UseAsync();
        }

        cache.Log.Of(Refused).Should().HaveCount(isForeign ? 1 : 0);
cache.Log.Of(400).Any().Should().Be(!isForeign);
    }

    [Fact]
    public async Task Of_processes_that_begin_a_cache_at_once_each_finds_the_one_marker()
    {
        var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        var workers = Enumerable.Range(0, 6).Select(_ => StorageWorker.Start("claim", root)).ToList();
        try
        {
            foreach (var worker in workers)
            {
                (await worker.ReadLineAsync()).Should().Be("ready");
            }

            workers.ForEach(static worker => worker.Go());
            foreach (var worker in workers)
            {
                (await worker.ReadLineAsync()).Should().Be("open");
            }

            Directory.GetFileSystemEntries(root).Select(Path.GetFileName).Should().BeEquivalentTo(Marker, "sources");
        }
        finally
        {
            workers.ForEach(static worker => worker.Dispose());
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public async Task Of_many_that_begin_a_cache_at_once_none_is_refused()
    {
        for (var round = 0; round < 40; round++)
        {
            var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
            var layers = Enumerable.Range(0, 8).Select(number => new LayerOf(root, number % 2 == 0 ? "sources" : "uploads")).ToList();
            using var barrier = new Barrier(layers.Count);
            await Task.WhenAll(layers.Select(layer => Task.Factory.StartNew(
                () =>
                {
                    barrier.SignalAndWait();
                    layer.Directory.EnsureOpen();
                },
                TaskCreationOptions.LongRunning)));

            Directory.GetFileSystemEntries(root).Select(Path.GetFileName).Should().BeEquivalentTo(Marker, "sources", "uploads");
            layers.ForEach(static layer => layer.Dispose());
            Directory.Delete(root, recursive: true);
        }
    }

    [MountTheory("strace")]
    [InlineData("link", 0)]
    [InlineData("unlink", 1)]
    public async Task Worker_killed_while_it_makes_the_marker_leaves_a_directory_that_the_next_one_takes(string call, int markers)
    {
        var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        using (var worker = StorageWorker.StartKilledAt(call, "open", root, "700"))
        {
            (await worker.ReadLineAsync()).Should().BeNull("it is killed before it says anything");
        }

        Directory.GetFiles(root, Marker).Should().HaveCount(markers);
        Directory.GetFiles(root, ".CACHEDIR*").Should().ContainSingle("it was killed between the steps");
        await using var cache = new TestCache(_ => CacheSettings.ForRoot(root));

        await cache.HitAsync();

        Directory.GetFiles(root, ".CACHEDIR*").Should().BeEmpty();
        Directory.Delete(root, recursive: true);
    }
}
