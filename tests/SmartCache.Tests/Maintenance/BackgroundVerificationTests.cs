using System.Diagnostics;
using System.Globalization;
using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Maintenance;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Maintenance;

public class BackgroundVerificationTests
{
    [Fact]
    public async Task Every_flipped_bit_is_found_and_nothing_else_is_taken()
    {
        await using var cache = Filled(300);
        int[] flipped = [7, 150, 299];
        foreach (var number in flipped)
        {
            Entries.FlipSilently(cache.PathOf(Entries.NameOf(number)), at: number);
        }

        (await Verifier(cache).RunAsync(CancellationToken.None)).Should().BeTrue();

        cache.Names().Should().Equal(Enumerable.Range(0, 300).Except(flipped).Select(Entries.NameOf));
        cache.Log.Of(410).Should().HaveCount(3);
        var state = await Verifier(cache).StateAsync(CancellationToken.None);
        state.Should().Match<VerificationState>(done => done.Entries == 300 && done.Quarantined == 3 && done.Ended != null && done.Bytes == 300 * 5000);
        cache.Log.Of(507).Should().ContainSingle();
    }

    [Fact]
    public async Task Full_integrity_never_serves_a_flipped_bit()
    {
        await using var cache = Filled(20, settings => settings with { Integrity = IntegrityLevel.Full });
        Entries.FlipSilently(cache.PathOf(Entries.NameOf(3)), at: 4999);

        for (var i = 0; i < 20; i++)
        {
            using var lease = cache.TryLease(Entries.NameOf(i), out var reason);
            (lease is null).Should().Be(i == 3, reason.Text);
        }
    }

    [Fact]
    public async Task Round_goes_on_where_another_process_was_cut_off()
    {
        await using var cache = Filled(10);
        (VerificationState.Beginning(DateTimeOffset.UtcNow) with { Cursor = Entries.NameOf(6), Entries = 7 }).Write(cache.Layer().Directory);
        Entries.FlipSilently(cache.PathOf(Entries.NameOf(2)));
        Entries.FlipSilently(cache.PathOf(Entries.NameOf(8)));

        await Verifier(cache).RunAsync(CancellationToken.None);

        cache.Names().Should().Contain(Entries.NameOf(2), "this round has been there").And.NotContain(Entries.NameOf(8));
        (await Verifier(cache).StateAsync(CancellationToken.None))!.Entries.Should().Be(10);
    }

    [Fact]
    public async Task Next_round_is_due_only_after_the_interval()
    {
        await using var cache = Filled(2);
        var verifier = Verifier(cache);
        (await verifier.RunAsync(CancellationToken.None)).Should().BeTrue();
        (await verifier.RunAsync(CancellationToken.None)).Should().BeFalse();

        var past = DateTimeOffset.UtcNow - cache.Settings.VerifyInterval - TimeSpan.FromMinutes(1);
        (VerificationState.Beginning(past) with { Ended = past }).Write(cache.Layer().Directory);
        (await verifier.RunAsync(CancellationToken.None)).Should().BeTrue();
    }

    [Fact]
    public async Task Round_whose_listing_failed_is_not_over()
    {
        var files = new UnlistableOnce();
        await using var cache = new TestCache(fileSystem: files);
        cache.Put(Entries.NameOf(0), Bytes.Random(5000));
        files.Fails = true;
        await Verifier(cache).RunAsync(CancellationToken.None);
        files.Fails = false;

        (await Verifier(cache).RunAsync(CancellationToken.None)).Should().BeTrue("nothing was read yet");

        (await Verifier(cache).StateAsync(CancellationToken.None))!.Entries.Should().Be(1);
        cache.Log.Of(507).Should().ContainSingle();
    }

    [Fact]
    [Trait("Found", "M41")]
    public async Task Entry_that_the_disk_does_not_give_does_not_count_as_verified()
    {
        var files = new UnreadableFile();
        await using var cache = new TestCache(fileSystem: files);
        cache.Put(Entries.NameOf(0), Bytes.Random(5000));
        cache.Put(Entries.NameOf(1), Bytes.Random(5000, 1));
        files.Path = cache.PathOf(Entries.NameOf(1));

        await Verifier(cache).RunAsync(CancellationToken.None);

        var state = await Verifier(cache).StateAsync(CancellationToken.None);
        (state!.Entries, state.Bytes, state.Quarantined).Should().Be((1, 5000, 0));
        cache.Names().Should().Equal([Entries.NameOf(0)], "nothing is proven, but nobody can use it");
    }

    [Theory]
    [InlineData("disabled by file")]
    [InlineData("cannot be opened")]
    public async Task Round_during_which_the_layer_goes_out_is_not_over(string how)
    {
        var files = new GoesOut();
        await using var cache = new TestCache(fileSystem: files);
        for (var i = 0; i < 10; i++)
        {
            cache.Put(Entries.NameOf(i), Bytes.Random(5000, i));
        }

        Entries.FlipSilently(cache.PathOf(Entries.NameOf(9)));
        var marker = Path.Combine(cache.Settings.Root, "DISABLED");
        files.At = (cache.PathOf(Entries.NameOf(4)), () =>
        {
            files.IsOut = how == "cannot be opened";
            if (!files.IsOut)
            {
                File.WriteAllText(marker, "");
            }
        });
        await Verifier(cache).RunAsync(CancellationToken.None);
        files.IsOut = false;
        File.Delete(marker);

        cache.Log.Of(507).Should().BeEmpty("six entries were never read");
        (await Verifier(cache).RunAsync(CancellationToken.None)).Should().BeTrue();

        cache.Names().Should().HaveCount(9).And.NotContain(Entries.NameOf(9));
        (await Verifier(cache).StateAsync(CancellationToken.None))!.Entries.Should().Be(10);
    }

    /// <summary>The read of a hung disk, or of a worker that ends, is given up and its reader closed while the kernel still writes into the reader's memory.</summary>
    [Fact]
    public void Memory_that_is_read_into_outlives_the_reader()
    {
        var path = Path.GetTempFileName();
        try
        {
            var bytes = Bytes.Random(3 << 20);
            File.WriteAllBytes(path, bytes);
            var reader = FileSystem.Current.OpenUncached(path);
            var piece = reader.Read();

            reader.Dispose();

            piece.SequenceEqual(bytes.AsSpan(0, piece.Length)).Should().BeTrue();
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Statistics_show_how_far_the_round_under_way_is_and_when_the_last_one_ended()
    {
        await using var cache = Filled(10);
        var began = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        (await StatisticsAsync(cache)).Should().BeNull("no round was noted yet");

        (VerificationState.Beginning(began, lastEnded: began.AddDays(-6)) with { Cursor = Entries.NameOf(6), Entries = 9, Bytes = 45_000, Quarantined = 2 }).Write(cache.Layer().Directory);

        (await StatisticsAsync(cache)).Should().Be(
            new VerificationStatistics { Began = began, LastEnded = began.AddDays(-6), Checked = 9, Entries = 12, Bytes = 45_000, Wrong = 2 },
            "two were quarantined, and three are still to come");
    }

    [Fact]
    public async Task Statistics_of_a_round_that_ended_are_all_of_it_and_its_end_is_remembered_over_the_next_beginning()
    {
        await using var cache = Filled(10);
        var past = DateTimeOffset.UtcNow - cache.Settings.VerifyInterval - TimeSpan.FromMinutes(1);
        (VerificationState.Beginning(past) with { Ended = past }).Write(cache.Layer().Directory);
        Entries.FlipSilently(cache.PathOf(Entries.NameOf(2)));

        await Verifier(cache).RunAsync(CancellationToken.None);

        var done = (await StatisticsAsync(cache))!;
        done.Should().Match<VerificationStatistics>(of => of.Checked == 10 && of.Entries == 10 && of.Bytes == 50_000 && of.Wrong == 1 && of.LastEnded == of.Ended && of.Ended >= of.Began);
        (await Verifier(cache).StateAsync(CancellationToken.None))!.LastEnded.Should().Be(past);
        cache.Put(Entries.NameOf(20), Bytes.Random(5000, 20));
        (await StatisticsAsync(cache))!.Entries.Should().Be(10, "the round is over");
    }

    [Fact]
    public void Clock_that_was_years_ahead_does_not_stop_verification_for_years()
    {
        var now = DateTimeOffset.UtcNow;
        (VerificationState.Beginning(now.AddYears(10)) with { Ended = now.AddYears(10) }).IsDue(TimeSpan.FromDays(7), now).Should().BeTrue();
    }

    [Fact]
    public async Task One_process_at_a_time_verifies()
    {
        await using var cache = Filled(2);
        using var other = cache.Layer().Directory.TryLock("verifier", exclusive: true);

        (await Verifier(cache).RunAsync(CancellationToken.None)).Should().BeFalse();
    }

    [Theory]
    [InlineData("""{"version":1,"cursor":null}""")]
    [InlineData("""{"version":9}""")]
    [InlineData("x")]
    public async Task Damaged_progress_begins_a_new_round(string damaged)
    {
        await using var cache = Filled(3);
        await File.WriteAllTextAsync(Path.Combine(cache.Layer().Directory.Root, "verification.json"), damaged);

        (await Verifier(cache).RunAsync(CancellationToken.None)).Should().BeTrue();
        (await Verifier(cache).StateAsync(CancellationToken.None))!.Entries.Should().Be(3);
    }

    [Fact]
    public async Task Hit_stays_a_link_and_an_entry_stays_evictable_while_it_is_read()
    {
        await using var cache = Filled(1, settings => settings with { Materialize = MaterializeMode.HardLink });
        var path = cache.PathOf(Entries.NameOf(0));
        using var reader = FileSystem.Current.OpenUncached(path);
        reader.Read().Length.Should().Be(5000);

        using (var lease = cache.TryLease(Entries.NameOf(0), out _)!)
        {
            cache.Layer().Materializer.File(lease, 0, cache.WorkPath("a"), Entries.Pulse).Should().Be(MaterializedBy.HardLink);
        }

        cache.Layer().Entries.TryRemove(Entries.NameOf(0), EntryRemoval.Trash).Should().BeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1 << 20)]
    [InlineData((3 << 20) + 17)]
    public void Reader_past_the_page_cache_gives_every_byte(int length)
    {
        var path = Path.GetTempFileName();
        try
        {
            var bytes = new byte[length];
            new Random(length).NextBytes(bytes);
            File.WriteAllBytes(path, bytes);
            using var reader = FileSystem.Current.OpenUncached(path);
            var read = new List<byte>();
            for (var piece = reader.Read(); !piece.IsEmpty; piece = reader.Read())
            {
                read.AddRange(piece);
            }

            read.Should().Equal(bytes);
            reader.Read().IsEmpty.Should().BeTrue();
        }
        finally
        {
            File.Delete(path);
        }
    }

    [MountFact("mkfs.ext4")]
    public async Task Page_cache_is_left_as_it_was()
    {
        using var mount = Mount.Image("ext4", 64);
        await using var cache = new TestCache(_ => CacheSettings.ForRoot(Path.Combine(mount.Path, "cache")) with { MinFreeSpace = new FreeSpaceFloor(0, null) });
        cache.Put(Entries.NameOf(0), Bytes.Random(4_000_000));
        cache.Put(Entries.NameOf(1), Bytes.Random(4_000_000, seed: 2));
        FileSystem.Current.DropFromPageCache(cache.PathOf(Entries.NameOf(0)));
        Resident(cache.PathOf(Entries.NameOf(0))).Should().Be(0);
        var hot = Resident(cache.PathOf(Entries.NameOf(1)));
        hot.Should().BeGreaterThan(3_900_000);

        await Verifier(cache).RunAsync(CancellationToken.None);

        Resident(cache.PathOf(Entries.NameOf(0))).Should().Be(0);
        // What drops them drops all; a machine that reclaims memory on its own takes some of them now and then.
        Resident(cache.PathOf(Entries.NameOf(1))).Should().BeGreaterThan(hot / 4);
    }

    private static TestCache Filled(int entries, Func<CacheSettings, CacheSettings>? configure = null)
    {
        var cache = new TestCache(configure);
        for (var i = 0; i < entries; i++)
        {
            cache.Put(Entries.NameOf(i), Bytes.Random(5000, i));
        }

        return cache;
    }

    /// <summary>Something happens when a file is opened to be verified; while it is out, the layer cannot be opened.</summary>
    private sealed class GoesOut : ForwardingFileSystem
    {
        public bool IsOut { get; set; }

        public (string Path, Action Then)? At { get; set; }

        public override FileFacts? Stat(string path) =>
            IsOut && path.Contains("/sources", StringComparison.Ordinal) ? throw new IOException("Input/output error", 5) : base.Stat(path);

        public override UncachedReader OpenUncached(string path)
        {
            if (At is { } at && at.Path == path)
            {
                At = null;
                at.Then();
            }

            return base.OpenUncached(path);
        }
    }

    private sealed class UnreadableFile : ForwardingFileSystem
    {
        public string? Path { get; set; }

        public override Microsoft.Win32.SafeHandles.SafeFileHandle OpenRead(string path) => path == Path ? throw new IOException("Input/output error", 5) : base.OpenRead(path);
    }

    private static async Task<VerificationStatistics?> StatisticsAsync(TestCache cache) => (await cache.Manager.GetStatisticsAsync()).Sources.Verification;

    private static BackgroundVerifier Verifier(TestCache cache) => cache.Manager.Verifiers[0];

    private static long Resident(string path)
    {
        using var process = Process.Start(new ProcessStartInfo("fincore", ["-b", "-n", "-o", "RES", path]) { RedirectStandardOutput = true })!;
        return long.Parse(process.StandardOutput.ReadToEnd().Trim(), CultureInfo.InvariantCulture);
    }

    private sealed class UnlistableOnce : ForwardingFileSystem
    {
        public bool Fails { get; set; }

        public override FileFacts? Stat(string path) =>
            Fails && path.EndsWith("manifest.json", StringComparison.Ordinal) ? throw new TimeoutException("the disk hangs") : base.Stat(path);
    }
}
