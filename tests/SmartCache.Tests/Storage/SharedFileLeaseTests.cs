using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>A lease hands out a path that its holder may open with .NET's locks, and that no job may write to: never a file that some job shares by hard link.</summary>
public class SharedFileLeaseTests
{
    private static readonly SourceKey Key = SourceKey.From(new DownloadRequest(TestJob.Url, "/x"));
    private static readonly ProfileKey Profile = ProfileKey.From(
        new SourceMedia { ContentHash = Bytes.Sha256([1]), Length = 20_000 },
        new EncodeRecipe { Arguments = ["-c", "copy"], EncoderVersion = "1", ExpectedDuration = TimeSpan.FromSeconds(8) });

    [Fact]
    public async Task Job_writes_in_place_into_its_link_of_a_source_while_another_reads_the_leased_one()
    {
        await using var cache = Linking();
        var mine = await AddSourceAsync(cache);
        LinksOf(mine.Path).Should().Be(2, "or the test shows nothing");
        var right = Bytes.Sha256OfFile(mine.Path);

        var lease = (await cache.Manager.Sources.TryGetAsync(Key))!;
        await using (File.OpenRead(lease.Path))
        {
            Spoil.InPlace(mine.Path);
        }

        Bytes.Sha256OfFile(lease.Path).Should().Be(right).And.Be(lease.Media.ContentHash);
        lease.Outcome.Should().Be(CacheOutcome.Hit);
        (await lease.IsIntactAsync()).Should().BeTrue();
        await lease.MaterializeAsync(cache.WorkPath("later.mp4"));
        Bytes.Sha256OfFile(cache.WorkPath("later.mp4")).Should().Be(right);
        await lease.DisposeAsync();
        await lease.DisposeAsync();
        File.Exists(lease.Path).Should().BeFalse();
    }

    [Fact]
    public async Task Job_writes_in_place_into_its_link_of_a_profile_while_another_reads_the_leased_one()
    {
        await using var cache = Linking();
        var mine = await MakeProfileAsync(cache);
        await (await cache.Manager.Profiles.AddAsync(Profile, mine))!.DisposeAsync();
        var right = TestJob.Tree(mine.Directory);

        var lease = (await cache.Manager.Profiles.TryGetAsync(Profile))!;
        await using (File.OpenRead(Path.Combine(lease.Directory, "seg_00001.ts")))
        {
            Spoil.InPlace(Path.Combine(mine.Directory, "seg_00001.ts"));
        }

        TestJob.Tree(lease.Directory).Should().Equal(right);
        (lease.Outcome, lease.Profile.Directory).Should().Be((CacheOutcome.Hit, lease.Directory));
        (await lease.IsIntactAsync()).Should().BeTrue();
        await lease.DisposeAsync();
        Directory.Exists(lease.Directory).Should().BeFalse();
    }

    [Fact]
    public async Task File_that_no_job_shares_any_more_is_leased_where_it_lies()
    {
        await using var cache = Linking();
        File.Delete((await AddSourceAsync(cache)).Path);

        await using var lease = await cache.Manager.Sources.TryGetAsync(Key);

        lease!.Path.Should().StartWith(cache.Entries("sources").Single());
    }

    [Fact]
    public async Task Whoever_adds_a_file_is_given_its_own_and_whoever_adds_the_same_content_from_elsewhere_a_copy()
    {
        await using var cache = Linking();
        var mine = await TestJob.SourceAsync(cache);
        var theirs = await TestJob.SourceAsync(cache, "theirs.mp4");
        var layer = Path.Combine(cache.Settings.Root, "sources");

        await using var first = await cache.Manager.Sources.AddAsync(Key, mine.Path);
        await using var again = await cache.Manager.Sources.AddAsync(Key, mine.Path);
        await using var other = await cache.Manager.Sources.AddAsync(Key, theirs.Path);

        first!.Path.Should().StartWith(cache.Entries("sources").Single()).And.Be(again!.Path);
        other!.Path.Should().StartWith(Path.Combine(layer, "staging"));
    }

    [Fact]
    public async Task Whoever_adds_a_profile_again_is_given_its_own_files()
    {
        await using var cache = Linking();
        var mine = await MakeProfileAsync(cache);
        await (await cache.Manager.Profiles.AddAsync(Profile, mine))!.DisposeAsync();

        await using var again = await cache.Manager.Profiles.AddAsync(Profile, mine);

        again!.Directory.Should().StartWith(cache.Entries("profiles").Single());
    }

    [Fact]
    public async Task Job_that_materializes_a_copy_gets_it_by_link_and_a_second_one_its_own()
    {
        await using var cache = Linking();
        await AddSourceAsync(cache);
        await using var lease = (await cache.Manager.Sources.TryGetAsync(Key))!;

        (await lease.MaterializeAsync(cache.WorkPath("one"))).Should().Be(MaterializedBy.HardLink, "the bytes were copied once already");
        (await lease.MaterializeAsync(cache.WorkPath("two"))).Should().Be(MaterializedBy.Copy);
        Spoil.InPlace(cache.WorkPath("one"));

        Bytes.Sha256OfFile(cache.WorkPath("two")).Should().Be(lease.Media.ContentHash);
        (await lease.IsIntactAsync()).Should().BeFalse("it is the file that was given now");
        await lease.Awaiting(it => it.MaterializeAsync(cache.WorkPath("three"))).Should().ThrowAsync<IOException>();
        File.Exists(cache.WorkPath("three")).Should().BeFalse();
    }

    [Fact]
    public async Task Copy_counts_as_reserved_as_long_as_it_is_lent_and_asks_for_no_free_space_any_more()
    {
        await using var cache = Linking();
        await AddSourceAsync(cache);
        await using (await cache.Manager.Sources.TryGetAsync(Key))
        {
            var usage = (await cache.Manager.Space.UsageAsync(CancellationToken.None))!;
            usage.Reserved.Should().BeGreaterThanOrEqualTo(20_000);
            usage.Writes.Values.Sum().Should().Be(0, "they are written");
        }

        (await cache.Manager.GetStatisticsAsync()).Space!.ReservedBytes.Should().Be(0);
    }

    [MountFact("mkfs.ext4")]
    public async Task Copy_that_cannot_be_deleted_stays_in_the_account()
    {
        using var mount = Mount.Image("ext4", 20);
        await using var cache = new TestCache(static settings => settings with { Materialize = MaterializeMode.HardLink, MinFreeSpace = new FreeSpaceFloor(0, null) }, root: mount.Path);
        await AddSourceAsync(cache);
        await cache.Manager.CleanupAsync();
        var lease = (await cache.Manager.Sources.TryGetAsync(Key))!;
        Mount.Run("chattr", "+i", lease.Path);

        await lease.DisposeAsync();

        var stuck = Directory.GetFiles(Path.Combine(cache.CacheRoot(), "sources", "trash"), "*", SearchOption.AllDirectories).Should().ContainSingle().Which;
        var usage = (await cache.Manager.Space.UsageAsync(CancellationToken.None))!;
        Mount.Run("chattr", "-i", stuck);
        usage.Reserved.Should().Be(0);
        usage.Counted.Should().BeGreaterThanOrEqualTo(40_000, "the entry and its copy");
    }

    [MountFact("mkfs.ext4")]
    public async Task Half_of_a_copy_that_fails_and_cannot_be_deleted_stays_in_the_account()
    {
        using var mount = Mount.Image("ext4", 20);
        var disk = new FailingSecondCopy();
        await using var cache = new TestCache(
            static settings => settings with { Materialize = MaterializeMode.HardLink, MinFreeSpace = new FreeSpaceFloor(0, null) }, root: mount.Path, fileSystem: disk);
        await (await cache.Manager.Profiles.AddAsync(Profile, await MakeProfileAsync(cache)))!.DisposeAsync();
        await cache.Manager.CleanupAsync();
        var before = (await cache.Manager.Space.UsageAsync(CancellationToken.None))!;
        disk.Staging = cache.ProfileLayer().Directory.Staging;

        await using (await cache.Manager.Profiles.TryGetAsync(Profile))
        {
        }

        var stuck = Directory.GetFiles(cache.ProfileLayer().Directory.Trash, "*", SearchOption.AllDirectories).Should().ContainSingle().Which;
        var usage = (await cache.Manager.Space.UsageAsync(CancellationToken.None))!;
        Mount.Run("chattr", "-i", stuck);
        usage.Reserved.Should().Be(0);
        (usage.Counted - before.Counted).Should().BeGreaterThanOrEqualTo(FileSystem.Current.Stat(stuck)!.Value.AllocatedBytes).And.BeGreaterThan(0);
    }

    [Fact]
    public async Task Where_there_is_no_space_for_a_copy_nothing_goes_for_it_and_the_shared_file_is_leased()
    {
        await using var cache = Linking();
        await AddSourceAsync(cache);
        await using (await cache.Manager.Profiles.GetOrAddAsync(Profile, (directory, token) => MakeProfileAsync(directory, token)))
        {
        }

        await cache.Manager.CleanupAsync();
        cache.Settings = cache.Settings with { MaxSize = (await cache.Manager.GetStatisticsAsync()).Space!.UsedBytes + 10_000 };

        await using var lease = await cache.Manager.Sources.TryGetAsync(Key);

        lease!.Path.Should().StartWith(cache.Entries("sources").Single());
        cache.Entries("profiles").Should().ContainSingle();
        (await cache.Manager.GetStatisticsAsync()).Space!.ReservedBytes.Should().Be(0);
    }

    [Fact]
    public async Task Job_that_writes_into_its_file_while_it_is_copied_costs_a_miss_and_is_no_fault()
    {
        var disk = new SpoilingBeforeRead();
        await using var cache = new TestCache(static settings => settings with { Materialize = MaterializeMode.HardLink }, fileSystem: disk);
        var mine = await AddSourceAsync(cache);
        disk.Spoil = mine.Path;

        (await cache.Manager.Sources.TryGetAsync(Key)).Should().BeNull();

        cache.Log.ToString().Should().NotContain("lend");
        (await cache.Manager.GetStatisticsAsync()).Space!.ReservedBytes.Should().Be(0);
        await using var made = await cache.Manager.Sources.GetOrAddAsync(Key, static (path, token) => File.WriteAllBytesAsync(path, Bytes.Random(20_000, 1), token));
        made.Outcome.Should().Be(CacheOutcome.Miss);
        Bytes.Sha256OfFile(made.Path).Should().Be(made.Media.ContentHash);
    }

    [Fact]
    public async Task Link_that_is_made_while_somebody_takes_a_lease_is_taken_back()
    {
        var disk = new LeasingBeforeLink();
        await using var cache = new TestCache(static settings => settings with { Materialize = MaterializeMode.HardLink }, fileSystem: disk);
        File.Delete((await AddSourceAsync(cache)).Path);
        using var mine = cache.TryLease(Path.GetFileName(cache.Entries("sources").Single()), out _)!;
        disk.TakeLease = () => cache.Manager.Sources.TryGetAsync(Key).AsTask();

        var how = cache.Layer().Materializer.File(mine, 0, cache.WorkPath("one"), Entries.Pulse);

        how.Should().Be(MaterializedBy.Copy);
        await using var lease = await disk.Lease!;
        LinksOf(lease!.Path).Should().Be(1);
        FileSystem.Current.Stat(cache.WorkPath("one"))!.Value.Inode.Should().NotBe(FileSystem.Current.Stat(lease.Path)!.Value.Inode);
    }

    // The same on every file system, also on one with clones, where nothing is ever shared.
    private static TestCache Linking() => new(static settings => settings with { Materialize = MaterializeMode.HardLink });

    private static async Task<DownloadedVideo> AddSourceAsync(TestCache cache)
    {
        var mine = await TestJob.SourceAsync(cache);
        await (await cache.Manager.Sources.AddAsync(Key, mine.Path))!.DisposeAsync();
        return mine;
    }

    private static Task<EncodedProfile> MakeProfileAsync(TestCache cache) => MakeProfileAsync(cache.WorkPath("mine"), CancellationToken.None);

    private static Task<EncodedProfile> MakeProfileAsync(string directory, CancellationToken cancellationToken) =>
        new FakeEncoder().EncodeAsync(new EncodeRequest(new DownloadedVideo("/nowhere", 1), TestJob.Profile, directory), null, cancellationToken);

    private static uint LinksOf(string path) => FileSystem.Current.Stat(path)!.Value.Links;

    private sealed class LeasingBeforeLink : ForwardingFileSystem
    {
        public Func<Task<CachedSource?>>? TakeLease { get; set; }

        public Task<CachedSource?>? Lease { get; private set; }

        public override bool TryLink(string existing, string link)
        {
            if (TakeLease is { } take)
            {
                // Done before the link is made: in the window behind the look.
                TakeLease = null;
                Lease = take();
                Task.WaitAny(Lease);
            }

            return base.TryLink(existing, link);
        }
    }

    /// <summary>Of what is copied into the staging the first file cannot be deleted any more, and the second not be read.</summary>
    private sealed class FailingSecondCopy : ForwardingFileSystem
    {
        public string? Staging { get; set; }

        public override Microsoft.Win32.SafeHandles.SafeFileHandle OpenRead(string path)
        {
            if (Staging is { } staging && Directory.GetFiles(staging, "*", SearchOption.AllDirectories) is [var first])
            {
                Mount.Run("chattr", "+i", first);
                throw new IOException("the disk is tired");
            }

            return base.OpenRead(path);
        }
    }

    private sealed class SpoilingBeforeRead : ForwardingFileSystem
    {
        public string? Spoil { get; set; }

        public override Microsoft.Win32.SafeHandles.SafeFileHandle OpenRead(string path)
        {
            if (Spoil is { } mine && path.EndsWith(".mp4", StringComparison.Ordinal))
            {
                Spoil = null;
                Support.Spoil.InPlace(mine);
            }

            return base.OpenRead(path);
        }
    }
}
