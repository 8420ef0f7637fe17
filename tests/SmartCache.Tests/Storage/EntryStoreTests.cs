using SmartCache.Abstractions;
using SmartCache.Storage.Platform;
using SmartCache.Storage;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

public class EntryStoreTests
{
    private const string Name = Entries.Name;

    [Fact]
    public async Task Published_entry_is_leased_with_its_bytes()
    {
        await using var cache = new TestCache();
        var bytes = Bytes.Random(10_000);
        cache.Publish(Name, ("source.bin", bytes), ("files/a.ts", [1, 2, 3]))!.Dispose();

        using var lease = cache.TryLease(Name, out var reason);

        reason.Should().Be(default(Reason));
        lease!.Manifest.Content.Files.Select(file => file.Path).Should().Equal("files/a.ts", "source.bin");
        File.ReadAllBytes(cache.PathOf(Name)).Should().Equal(bytes);
        lease.Manifest.Content.Files[1].Sha256.Should().Be(Bytes.Sha256(bytes));
    }

    [Fact]
    public async Task Second_publish_of_a_name_uses_the_first_and_throws_its_staging_away()
    {
        await using var cache = new TestCache();
        using var first = cache.Publish(Name, ("source.bin", Bytes.Random(5_000, 1)));

        using var second = cache.Publish(Name, ("source.bin", Bytes.Random(6_000, 2)));

        second!.Manifest.Content.Files[0].Sha256.Should().Be(first!.Manifest.Content.Files[0].Sha256);
        File.ReadAllBytes(cache.PathOf(Name)).Should().Equal(Bytes.Random(5_000, 1));
        Directory.EnumerateFileSystemEntries(cache.Layer().Directory.Staging, "*", SearchOption.AllDirectories).Should().HaveCount(1, "only the writer's own directory is left");
        Directory.EnumerateFileSystemEntries(cache.Layer().Directory.Trash).Should().BeEmpty();
    }

    [Fact]
    public async Task Publish_onto_an_entry_that_is_wrong_replaces_it()
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000, 1));
        File.WriteAllBytes(cache.PathOf(Name), Bytes.Random(10, 3));

        using var second = cache.Publish(Name, ("source.bin", Bytes.Random(6_000, 2)));

        second.Should().NotBeNull();
        File.ReadAllBytes(cache.PathOf(Name)).Should().Equal(Bytes.Random(6_000, 2));
    }

    [Fact]
    public async Task Publish_that_was_given_up_leaves_the_staging_where_it_is()
    {
        await using var cache = new TestCache();
        var layer = cache.Layer();
        layer.Directory.EnsureOpen();
        var staging = layer.Directory.NewStagingPath();
        Directory.CreateDirectory(staging);
        var pulse = OperationPulse.Unwatched(CancellationToken.None);
        pulse.Abandon();

        var publish = () => layer.Entries.Publish(Name, staging, null!, pulse, out _);

        publish.Should().Throw<OperationCanceledException>();
        Directory.Exists(staging).Should().BeTrue();
        layer.Entries.Exists(Name).Should().BeFalse();
        layer.Directory.TryLock("entry-" + Name, exclusive: true).Should().NotBeNull("the lease taken for the rename is given back");
    }

    [Fact]
    public async Task Entry_that_nobody_leases_is_removed_at_once()
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));

        cache.Layer().Entries.Remove(Name, EntryRemoval.Trash, "test").Should().BeTrue();

        cache.TryLease(Name, out var reason).Should().BeNull();
        reason.Code.Should().Be(CacheReason.NotCached);
        cache.Layer().Entries.IsCondemned(Name).Should().BeFalse();
        cache.Layer().Entries.Remove(Name, EntryRemoval.Trash, "test").Should().BeFalse("nothing is there any more");
    }

    [Fact]
    public async Task Removed_entry_stays_valid_for_those_who_lease_it_and_is_out_of_reach_of_all_others()
    {
        await using var cache = new TestCache();
        var bytes = Bytes.Random(5_000, 1);
        var lease = cache.Publish(Name, ("source.bin", bytes))!;
        var other = cache.TryLease(Name, out _)!;

        cache.Layer().Entries.Remove(Name, EntryRemoval.Trash, "test").Should().BeTrue();

        cache.TryLease(Name, out var reason).Should().BeNull();
        reason.Should().Be(new Reason(CacheReason.BeingRemoved, "condemned"));
        cache.Publish(Name, ("source.bin", Bytes.Random(6_000, 2))).Should().BeNull("nothing takes the name of an entry that is still leased");
        other.Dispose();
        File.ReadAllBytes(lease.PathOf(lease.Manifest.Content.Files[0])).Should().Equal(bytes);
        lease.IsIntact(Entries.Pulse).Should().BeTrue();

        lease.Dispose();
        Directory.Exists(lease.Directory).Should().BeFalse();
        Directory.EnumerateDirectories(cache.Layer().Directory.Trash).Should().ContainSingle();
        cache.Layer().Entries.IsCondemned(Name).Should().BeFalse();
        using var again = cache.Publish(Name, ("source.bin", Bytes.Random(6_000, 2)));
        File.ReadAllBytes(cache.PathOf(Name)).Should().Equal(Bytes.Random(6_000, 2));
    }

    [Fact]
    public async Task Lease_that_is_disposed_of_twice_lets_go_once()
    {
        await using var cache = new TestCache();
        var lease = cache.Publish(Name, ("source.bin", Bytes.Random(5_000)))!;
        using var other = cache.TryLease(Name, out _);
        lease.Dispose();
        lease.Dispose();

        cache.Layer().Entries.TryRemove(Name, EntryRemoval.Trash).Should().BeNull("the other lease is held");
        other!.IsSole.Should().BeTrue();
    }

    [Fact]
    public async Task Condemned_marker_without_an_entry_is_cleaned_up_and_keeps_nothing_from_being_published()
    {
        await using var cache = new TestCache();
        cache.Layer().Directory.EnsureOpen();
        var marker = Path.Combine(cache.Layer().Directory.Locks, "condemned-" + Name);
        var other = Path.Combine(cache.Layer().Directory.Locks, "condemned-" + Entries.NameOf(7));
        File.WriteAllText(marker, "condemned\n");
        File.WriteAllText(other, "condemned\n");

        using var lease = cache.Publish(Name, ("source.bin", Bytes.Random(5_000)));
        await cache.Manager.CleanupAsync();

        lease.Should().NotBeNull();
        File.Exists(marker).Should().BeFalse();
        File.Exists(other).Should().BeFalse();
    }

    [Fact]
    public async Task Entry_whose_lock_somebody_holds_exclusively_is_a_miss()
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        using (cache.Layer().Directory.TryLock("entry-" + Name, exclusive: true))
        {
            cache.TryLease(Name, out var reason).Should().BeNull();
            reason.Code.Should().Be(CacheReason.BeingRemoved);
        }

        using var lease = cache.TryLease(Name, out _);
        lease.Should().NotBeNull();
    }

    [Fact]
    public async Task Use_is_noted_in_the_manifests_time_at_most_once_a_minute()
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        cache.SetLastAccess(Name, TimeSpan.FromSeconds(30));
        var recent = File.GetLastWriteTimeUtc(cache.ManifestOf(Name));
        cache.TryLease(Name, out _)!.Dispose();
        File.GetLastWriteTimeUtc(cache.ManifestOf(Name)).Should().Be(recent);

        cache.SetLastAccess(Name, TimeSpan.FromMinutes(2));
        cache.TryLease(Name, out _)!.Dispose();
        File.GetLastWriteTimeUtc(cache.ManifestOf(Name)).Should().BeAfter(recent);
    }
}
