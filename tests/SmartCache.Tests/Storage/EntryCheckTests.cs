using Microsoft.Win32.SafeHandles;
using SmartCache.Abstractions;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

public class EntryCheckTests
{
    private const string Name = Entries.Name;
    private const int Quarantined = 410;

    [Theory]
    [InlineData("missing")]
    [InlineData("shorter")]
    [InlineData("longer")]
    [InlineData("other bytes")]
    public async Task Entry_that_is_not_what_its_manifest_says_is_quarantined_with_one_line(string damage)
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        var path = cache.PathOf(Name);
        switch (damage)
        {
            case "missing":
                File.Delete(path);
                break;
            case "shorter":
                File.WriteAllBytes(path, Bytes.Random(4_999));
                break;
            case "longer":
                File.AppendAllText(path, "x");
                break;
            default:
                Entries.Overwrite(path, 4_000);
                break;
        }

        cache.TryLease(Name, out var reason).Should().BeNull();
        reason.Text.Should().Be(damage == "other bytes" ? "'source.bin' has other bytes" : "'source.bin' is missing or has another size");
        for (var i = 0; i < 2; i++)
        {
            cache.TryLease(Name, out _).Should().BeNull();
        }

        cache.Log.Of(Quarantined).Should().ContainSingle();
        Directory.EnumerateDirectories(cache.Layer().Directory.Quarantine).Should().ContainSingle();
        Directory.Exists(cache.Layer().Entries.PathOf(Name)).Should().BeFalse();
    }

    [Fact]
    public async Task Entry_with_another_time_and_the_right_bytes_is_a_hit_and_is_not_hashed_again()
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        File.SetLastWriteTimeUtc(cache.PathOf(Name), DateTime.UtcNow.AddHours(-3));

        using (var lease = cache.TryLease(Name, out _))
        {
            lease.Should().NotBeNull();
        }

        // The refreshed manifest believes the new time: bytes changed behind its back are not looked at.
        Entries.FlipSilently(cache.PathOf(Name));
        using var again = cache.TryLease(Name, out _);
        again.Should().NotBeNull();
        cache.Log.Of(Quarantined).Should().BeEmpty();
    }

    [Fact]
    public async Task Quick_does_not_see_a_byte_whose_time_was_put_back_and_full_does()
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        Entries.FlipSilently(cache.PathOf(Name), 2_500);
        using (var quick = cache.TryLease(Name, out _))
        {
            quick.Should().NotBeNull();
        }

        cache.Settings = cache.Settings with { Integrity = IntegrityLevel.Full };
        cache.TryLease(Name, out var reason).Should().BeNull();
        reason.Code.Should().Be(CacheReason.Damaged);
        cache.Log.Of(Quarantined).Should().ContainSingle();
    }

    [Fact]
    public async Task Holder_of_a_lease_learns_that_its_bytes_are_no_longer_what_they_were()
    {
        await using var cache = new TestCache();
        using var lease = cache.Publish(Name, ("source.bin", Bytes.Random(5_000)))!;
        lease.IsIntact(Entries.Pulse).Should().BeTrue();

        Entries.Overwrite(cache.PathOf(Name));

        lease.IsIntact(Entries.Pulse).Should().BeFalse();
        cache.TryLease(Name, out _).Should().BeNull();
        File.Exists(cache.PathOf(Name)).Should().BeTrue("what is leased stays where it is, also when it is wrong");
    }

    [Fact]
    public async Task Full_disk_does_not_cost_a_hit_whose_time_has_to_be_noted()
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        File.SetLastWriteTimeUtc(cache.PathOf(Name), DateTime.UtcNow.AddHours(-3));

        // Nothing can be written beside it: the staging directory of this writer is gone.
        Directory.Delete(Directory.EnumerateDirectories(cache.Layer().Directory.Staging).Single(), recursive: true);

        using var lease = cache.TryLease(Name, out _);
        lease.Should().NotBeNull();
    }

    [Theory]
    [InlineData("far too large")]
    [InlineData("a directory")]
    public async Task Manifest_that_cannot_be_one_is_said_to_be_none(string what)
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        File.Delete(cache.ManifestOf(Name));
        if (what == "a directory")
        {
            Directory.CreateDirectory(cache.ManifestOf(Name));
        }
        else
        {
            using var large = File.Create(cache.ManifestOf(Name));
            large.SetLength(1L << 40);
        }

        cache.TryLease(Name, out var reason).Should().BeNull();

        reason.Code.Should().Be(CacheReason.Damaged);
        reason.Text.Should().Be("its manifest is no file, or far too large");
    }

    [Fact]
    public async Task Full_reads_the_manifest_from_the_disk_too()
    {
        await using var cache = new TestCache(static settings => settings with { Integrity = IntegrityLevel.Full });
        cache.Put(Name, Bytes.Random(5_000));
        using (var known = cache.TryLease(Name, out _))
        {
            known.Should().NotBeNull();
        }

        Entries.FlipSilently(cache.ManifestOf(Name), 40);

        cache.TryLease(Name, out var reason).Should().BeNull();
        reason.Code.Should().Be(CacheReason.Damaged);
    }

    [Fact]
    public async Task Entry_whose_files_all_have_another_name_is_shared()
    {
        await using var cache = new TestCache();
        PutTwo(cache);
        FileSystem.Current.TryLink(cache.PathOf(Name, "a.ts"), cache.WorkPath("a")).Should().BeTrue();
        FileSystem.Current.TryLink(cache.PathOf(Name, "b.ts"), cache.WorkPath("b")).Should().BeTrue();

        using var lease = cache.TryLease(Name, out _);

        lease!.IsShared.Should().BeTrue();
    }

    [Fact]
    public async Task Times_of_several_files_are_noted_by_one_look()
    {
        await using var cache = new TestCache();
        PutTwo(cache);
        File.SetLastWriteTimeUtc(cache.PathOf(Name, "a.ts"), DateTime.UtcNow.AddHours(-3));
        File.SetLastWriteTimeUtc(cache.PathOf(Name, "b.ts"), DateTime.UtcNow.AddHours(-2));
        using (var first = cache.TryLease(Name, out _))
        {
            first.Should().NotBeNull();
        }

        // Nothing reads them again: bytes changed behind their backs are not looked at.
        Entries.FlipSilently(cache.PathOf(Name, "a.ts"));
        Entries.FlipSilently(cache.PathOf(Name, "b.ts"));

        using var again = cache.TryLease(Name, out _);
        again.Should().NotBeNull();
    }

    [Fact]
    public async Task Time_that_lies_ahead_is_noted_as_no_witness()
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        File.SetLastWriteTimeUtc(cache.PathOf(Name), DateTime.UtcNow.AddHours(3));
        using (var first = cache.TryLease(Name, out _))
        {
            first.Should().NotBeNull("its bytes are right");
        }

        Entries.FlipSilently(cache.PathOf(Name));

        cache.TryLease(Name, out var reason).Should().BeNull("a write may have left this time as it is");
        reason.Code.Should().Be(CacheReason.Damaged);
    }

    [Fact]
    public async Task Hash_of_a_hit_is_known_without_reading_it()
    {
        await using var maker = new TestCache();
        maker.Put(Name, Bytes.Random(5_000));

        // Another worker, which has read nothing.
        await using var cache = new TestCache(root: maker.Root);
        cache.Layer().Directory.EnsureOpen();
        using var lease = cache.TryLease(Name, out _);

        cache.Layer().Hasher.Recall(FileSystem.Current.Stat(cache.PathOf(Name))!.Value).Should().Be(lease!.Manifest.Content.Files[0].Sha256);
    }

    [Theory]
    [InlineData("another time")]
    [InlineData("another mode")]
    public async Task Entry_that_this_user_may_not_read_makes_way(string with)
    {
        var disk = new DeniedFile();
        await using var cache = new TestCache(fileSystem: disk);
        cache.Put(Name, Bytes.Random(5_000));
        if (with == "another time")
        {
            File.SetLastWriteTimeUtc(cache.PathOf(Name), DateTime.UtcNow.AddHours(-3));
        }
        else
        {
            Mount.Run("chmod", "700", cache.PathOf(Name));
        }

        disk.Denied = cache.PathOf(Name);

        cache.TryLease(Name, out var reason).Should().BeNull();

        reason.Code.Should().Be(CacheReason.NoAccess);
        Directory.Exists(cache.Layer().Entries.PathOf(Name)).Should().BeFalse();
        using var made = cache.Publish(Name, ("other.bin", Bytes.Random(6_000)));
        made.Should().NotBeNull("its key is free");
    }

    private static void PutTwo(TestCache cache) => cache.Publish(Name, ("a.ts", Bytes.Random(5_000, 1)), ("b.ts", Bytes.Random(6_000, 2)))!.Dispose();

    private sealed class DeniedFile : ForwardingFileSystem
    {
        public string? Denied { get; set; }

        public override SafeFileHandle OpenRead(string path) => path == Denied ? throw new UnauthorizedAccessException("Permission denied.") : base.OpenRead(path);
    }
}
