using SmartCache.Storage;
using SmartCache.Tests.Hostile.Trouble;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>What must not be given out any more is not, although there is no room to write that down.</summary>
public sealed class RemovalOnFullDiskTests
{
    private const string Name = Entries.Name;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Entry_that_is_removed_while_it_is_leased_is_given_to_nobody_else(bool isWrong)
    {
        var removal = isWrong ? EntryRemoval.Quarantine : EntryRemoval.Trash;
        var disk = new QuotaDisk();
        await using var cache = new TestCache(fileSystem: disk);
        cache.Put(Name, Bytes.Random(5_000));
        var lease = cache.TryLease(Name, out _)!;
        disk.IsOver = true;

        cache.Layer().Entries.Remove(Name, removal, "test", cache.Layer().Entries.IdentityOf(Name)).Should().BeTrue();

        cache.TryLease(Name, out var reason).Should().BeNull();
        reason.Code.Should().Be(CacheReason.NotCached);
        lease.IsIntact(Entries.Pulse).Should().BeTrue("whoever has it keeps it");
        cache.Layer().Entries.Remove(Name, removal, "test").Should().BeFalse("that has been done");
        lease.Dispose();
        new EntryIndex(cache.Layer().Entries).Read(DateTimeOffset.UtcNow, Entries.Pulse).Should().BeEmpty();
        Directory.Exists(cache.Layer().Entries.PathOf(Name)).Should().BeFalse();
    }

    [Fact]
    public async Task Entry_whose_doubt_cannot_be_noted_is_left_to_whoever_reads_it()
    {
        var disk = new QuotaDisk();
        await using var cache = new TestCache(fileSystem: disk);
        cache.Put(Name, Bytes.Random(5_000));
        disk.IsOver = true;

        cache.Layer().Entries.Doubt(Name).Should().BeTrue("it is to be read");

        cache.Names().Should().Equal(Name);
    }

    [Fact]
    public async Task Entry_that_its_holder_doubts_is_given_to_nobody_else()
    {
        var disk = new QuotaDisk();
        await using var cache = new TestCache(fileSystem: disk);
        cache.Put(Name, Bytes.Random(5_000));
        using var lease = cache.TryLease(Name, out _)!;
        disk.IsOver = true;

        lease.Doubt();

        cache.TryLease(Name, out _).Should().BeNull();
    }

    public enum Removing
    {
        Evict,
        Remove,
        FinishCondemned,
    }

    [Theory]
    [InlineData(Removing.Evict)]
    [InlineData(Removing.Remove)]
    [InlineData(Removing.FinishCondemned)]
    public async Task Lock_of_an_entry_that_stays_does_so_too(Removing what)
    {
        var disk = new QuotaDisk();
        await using var cache = new TestCache(fileSystem: disk);
        cache.Put(Name, Bytes.Random(5_000));
        cache.Put(Entries.NameOf(1), Bytes.Random(5_000));
        var entries = cache.Layer().Entries;

        switch (what)
        {
            case Removing.Evict:
                entries.TryEvict(Name, DateTimeOffset.UtcNow.AddHours(-1)).Should().BeFalse("it was used since");
                break;
            case Removing.Remove:
                entries.Remove(Name, EntryRemoval.Trash, "test", entries.IdentityOf(Entries.NameOf(1))).Should().BeFalse("it is another one");
                break;
            default:
                entries.FinishCondemned(Name);
                break;
        }

        disk.IsOver = true;

        using var lease = cache.TryLease(Name, out var reason);
        lease.Should().NotBeNull(reason.Text);
    }

    [Fact]
    public async Task Entry_that_is_proven_wrong_while_it_is_leased_is_kept_to_be_looked_at()
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        var lease = cache.TryLease(Name, out _)!;
        Entries.Overwrite(cache.PathOf(Name));

        cache.TryLease(Name, out _).Should().BeNull();
        cache.Log.Of(410).Should().ContainSingle();
        lease.Dispose();

        Directory.EnumerateDirectories(cache.Layer().Directory.Quarantine).Should().ContainSingle();
        Directory.EnumerateDirectories(cache.Layer().Directory.Trash).Should().BeEmpty();
        cache.Layer().Entries.IsCondemned(Name).Should().BeFalse();
    }
}
