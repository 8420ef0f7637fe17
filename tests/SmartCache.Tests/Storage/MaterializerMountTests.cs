using SmartCache.Abstractions;
using SmartCache.Storage;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

public class MaterializerMountTests
{
    private const string Name = Entries.Name;
    private static readonly byte[] _bytes = Bytes.Random(1_000_000);

    [MountFact("mkfs.xfs")]
    public Task Xfs_gives_a_clone() => CloneAsync("xfs", 320);

    [MountFact("mkfs.btrfs")]
    public Task Btrfs_gives_a_clone() => CloneAsync("btrfs", 160);

    [MountFact("mkfs.ext4")]
    public async Task Ext4_gives_a_link_and_then_a_copy()
    {
        using var mount = Mount.Image("ext4", 64);
        await using var cache = new TestCache(root: mount.Path);
        using var lease = cache.Publish(Name, ("source.bin", _bytes))!;

        Materialize(cache, lease, cache.WorkPath("one")).Should().Be(MaterializedBy.HardLink);
        Materialize(cache, lease, cache.WorkPath("two")).Should().Be(MaterializedBy.Copy);
        File.ReadAllBytes(cache.WorkPath("one")).Should().Equal(_bytes);
        File.ReadAllBytes(cache.WorkPath("two")).Should().Equal(_bytes);
    }

    [MountFact("mkfs.xfs")]
    [Trait("Found", "M23")]
    public async Task Destination_with_the_longest_name_that_there_is_is_cloned()
    {
        using var mount = Mount.Image("xfs", 320);
        await using var cache = new TestCache(root: mount.Path);
        using var lease = cache.Publish(Name, ("source.bin", _bytes))!;
        var longest = cache.WorkPath(new string('n', 255));

        Materialize(cache, lease, longest).Should().Be(MaterializedBy.Reflink);

        File.ReadAllBytes(longest).Should().Equal(_bytes);
    }

    [MountTheory]
    [InlineData("Auto")]
    [InlineData("Reflink")]
    [InlineData("HardLink")]
    public async Task Another_file_system_gets_a_copy(string mode)
    {
        using var mount = Mount.Tmpfs(16);
        await using var cache = new TestCache(settings => settings with { Materialize = Enum.Parse<MaterializeMode>(mode) });
        using var lease = cache.Publish(Name, ("source.bin", _bytes))!;
        var destination = Path.Combine(mount.Path, "deeper", "one");

        Materialize(cache, lease, destination).Should().Be(MaterializedBy.Copy);

        File.ReadAllBytes(destination).Should().Equal(_bytes);
        Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(destination)!).Should().ContainSingle();
    }

    [MountFact]
    public async Task Full_disk_of_the_worker_leaves_nothing_behind()
    {
        using var mount = Mount.Tmpfs(1);
        await using var cache = new TestCache();
        using var lease = cache.Publish(Name, ("a.ts", Bytes.Random(600_000)), ("b.ts", Bytes.Random(600_000)))!;

        var act = () => cache.Layer().Materializer.Files(lease, [(0, "a.ts"), (1, "b.ts")], mount.Path, Entries.Pulse);

        act.Should().Throw<IOException>();
        Directory.EnumerateFileSystemEntries(mount.Path).Should().BeEmpty();
    }

    private static async Task CloneAsync(string kind, int megabytes)
    {
        using var mount = Mount.Image(kind, megabytes);
        await using var cache = new TestCache(root: mount.Path);
        using (var lease = cache.Publish(Name, ("source.bin", _bytes))!)
        {
            Materialize(cache, lease, cache.WorkPath("one")).Should().Be(MaterializedBy.Reflink);
            Materialize(cache, lease, cache.WorkPath("two")).Should().Be(MaterializedBy.Reflink);
        }

        Entries.Overwrite(cache.WorkPath("one"), 500_000);

        // Nothing is shared: neither the other job nor the entry sees it.
        File.ReadAllBytes(cache.WorkPath("two")).Should().Equal(_bytes);
        cache.Settings = cache.Settings with { Integrity = IntegrityLevel.Full };
        using var later = cache.TryLease(Name, out _);
        later.Should().NotBeNull();
        File.GetLastWriteTimeUtc(cache.WorkPath("two")).Should().Be(File.GetLastWriteTimeUtc(cache.PathOf(Name)));
    }

    private static MaterializedBy Materialize(TestCache cache, EntryLease lease, string destination) =>
        cache.Layer().Materializer.File(lease, 0, destination, Entries.Pulse);
}
