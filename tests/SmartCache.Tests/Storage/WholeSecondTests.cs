using SmartCache.Configuration;
using SmartCache.FFMpegCore.Files;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Storage;

/// <summary>File systems that count time in seconds. A write within the second leaves inode, length and time of a file as they were.</summary>
public class WholeSecondTests
{
    private const int Rounds = 3;
    private static readonly UploadTarget Target = new("node", "v1");

    public static TheoryData<string> Kinds => ["ext4 -I 128", "ext3 -I 128"];

    [MountTheory("mkfs.ext4")]
    [MemberData(nameof(Kinds))]
    [Trait("Found", "M2")]
    public async Task Source_that_its_worker_writes_over_in_the_same_second_is_never_a_hit(string kind)
    {
        using var mount = Mount.Image(kind, 64);
        await using var cache = On(mount);
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = Bytes.Random(100_000, round);
            var downloader = new CachingVideoDownloader(new FakeDownloader(bytes), cache.Manager);
            var url = $"{TestJob.Url}/{round}";
            var own = await downloader.DownloadAsync(new DownloadRequest(url, cache.WorkPath("own.mp4")));
            WriteOver(own.Path);
            await cache.Manager.FlushAsync();

            var again = await downloader.DownloadAsync(new DownloadRequest(url, cache.WorkPath("again.mp4")));

            Bytes.Sha256OfFile(again.Path).Should().Be(Bytes.Sha256(bytes));
            await cache.Manager.FlushAsync();
        }

        cache.Log.Of(416).Should().ContainSingle("it is said once");
        cache.Log.Of(400).Should().BeEmpty();
    }

    [MountTheory("mkfs.ext4")]
    [MemberData(nameof(Kinds))]
    [Trait("Found", "M2")]
    public async Task Profile_that_its_worker_writes_over_in_the_same_second_is_never_a_hit(string kind)
    {
        using var mount = Mount.Image(kind, 64);
        await using var cache = On(mount);
        var job = new TestJob(cache, new FakeDownloader([]));
        for (var round = 0; round < Rounds; round++)
        {
            var source = await TestJob.SourceAsync(cache, seed: round);
            var own = await job.Encoder.EncodeAsync(new EncodeRequest(source, TestJob.Profile, cache.WorkPath($"own-{round}")));
            var made = TestJob.Tree(own.Directory);
            WriteOver(Path.Combine(own.Directory, "seg_00003.ts"));
            await cache.Manager.FlushAsync();

            var again = await job.Encoder.EncodeAsync(new EncodeRequest(source, TestJob.Profile, cache.WorkPath($"again-{round}")));

            TestJob.Tree(again.Directory).Should().Equal(made);
            await cache.Manager.FlushAsync();
        }

        cache.Log.Of(400).Should().BeEmpty();
    }

    [MountTheory("mkfs.ext4")]
    [MemberData(nameof(Kinds))]
    [Trait("Found", "M2")]
    public async Task Cid_of_new_bytes_is_never_recorded_under_the_hash_of_the_old_ones(string kind)
    {
        using var mount = Mount.Image(kind, 64);
        await using var layer = new UploadLayer(Path.Combine(mount.Path, "uploads"));
        for (var round = 0; round < Rounds; round++)
        {
            var tree = layer.Tree($"tree-{round}", ("a.ts", $"the first of {round}"), ("b.ts", $"another of {round}"));
            UploadFile changed, kept;
            await using (var session = await layer.Store.OpenAsync(new UploadRequest($"job-{round}", tree) { Target = Target }))
            {
                (changed, kept) = (session.Files[0], session.Files[1]);
                WriteOver(Path.Combine(tree, "a.ts"));
                await session.For(Target).RecordFileAsync(changed, "bafk-of-what-was-sent");
                await session.For(Target).RecordFileAsync(kept, "bafk-of-the-other");
            }

            await using var next = await layer.Store.OpenAsync(new UploadRequest($"job-{round}-again", tree) { Target = Target });
            next.For(Target).TryGetCid(changed, out _).Should().BeFalse();
            next.For(Target).TryGetCid(kept, out _).Should().BeTrue("what was not written to is known");
        }
    }

    [MountTheory("mkfs.ext4")]
    [MemberData(nameof(Kinds))]
    [Trait("Found", "M2b")]
    public async Task Hit_on_an_entry_that_was_touched_this_second_is_a_copy_and_writing_over_it_spoils_nobody(string kind)
    {
        using var mount = Mount.Image(kind, 64);
        await using var cache = On(mount);
        var bytes = Bytes.Random(100_000);
        var job = new TestJob(cache, new FakeDownloader(bytes));
        File.Delete((await job.DownloadAsync()).Path);
        var stored = Directory.GetFiles(cache.Entries("sources").Single(), "*.mp4").Single();
        for (var round = 0; round < Rounds; round++)
        {
            // A moment ago, as far as this file system can tell.
            File.SetLastWriteTimeUtc(stored, DateTime.UtcNow.AddMilliseconds(-20));
            var own = await job.DownloadAsync();
            WriteOver(own.Path);

            Bytes.Sha256OfFile((await job.DownloadAsync()).Path).Should().Be(Bytes.Sha256(bytes));
            job.InnerDownloader.Calls.Should().Be(1, "the bytes were right, and were read");
        }

        cache.Log.Of(400).Should().BeEmpty();
        cache.Log.Of(410).Should().BeEmpty();
    }

    [MountFact("mkfs.ext4")]
    [Trait("Found", "M2c")]
    public async Task Auxiliary_input_that_is_written_over_in_the_same_second_has_another_hash()
    {
        using var mount = Mount.Image("ext4 -I 128", 16);
        var path = Path.Combine(mount.Path, "logo.png");
        var files = new AuxiliaryFiles(new Dictionary<string, string> { ["logo"] = path });
        for (var round = 0; round < Rounds; round++)
        {
            await File.WriteAllBytesAsync(path, Bytes.Random(5_000, round));
            await files.HashAsync(CancellationToken.None);
            WriteOver(path);

            (await files.HashAsync(CancellationToken.None))["logo"].Should().Be(Bytes.Sha256OfFile(path));
        }
    }

    /// <summary>
    /// Inodes have no birthday there, and ext4 gives the number of a deleted one to the next file, often but not always: so the entry that is made anew is
    /// put together here out of the files of the old one.
    /// </summary>
    [MountFact("mkfs.ext4")]
    [Trait("Found", "M2d")]
    public async Task Size_of_an_entry_that_was_made_anew_in_the_same_second_under_the_same_inode_is_looked_at_again()
    {
        using var mount = Mount.Image("ext4 -I 128", 64);
        await using var cache = On(mount);
        var layer = cache.Layer();
        cache.Put(Entries.Name, Bytes.Random(5_000));
        var manifest = Path.Combine(layer.Entries.PathOf(Entries.Name), Manifest.FileName);
        DateTime second;
        do
        {
            second = DateTime.UtcNow;
            File.SetLastWriteTimeUtc(manifest, second);
            layer.Index.Read(DateTimeOffset.UtcNow, Entries.Pulse).Should().ContainSingle().Which.Bytes.Should().BeLessThan(100_000);
        }
        while (FileSystem.Current.Stat(manifest) is { IsSettled: true }); // looked at in time, however busy the machine is

        File.WriteAllBytes(cache.PathOf(Entries.Name), Bytes.Random(500_000));
        File.SetLastWriteTimeUtc(manifest, second);

        layer.Index.Read(DateTimeOffset.UtcNow, Entries.Pulse).Should().ContainSingle().Which.Bytes.Should().BeGreaterThan(500_000);
    }

    /// <summary>As a worker does that patches its file: the same length, through the same inode.</summary>
    private static void WriteOver(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        file.Write("spoiled"u8);
    }

    private static TestCache On(Mount mount) =>
        new(static settings => settings with { MinFreeSpace = new FreeSpaceFloor(0, null), OperationTimeout = TimeSpan.FromMinutes(5) }, root: mount.Path);
}
