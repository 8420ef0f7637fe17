using SmartCache.Abstractions;
using SmartCache.Storage;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

public class EntryLeaseProcessTests
{
    private const string Name = Entries.Name;

    [Fact]
    public async Task Lease_of_another_process_protects_an_entry_until_that_process_is_killed()
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        using var worker = StorageWorker.Start("lease", cache.CacheRoot(), Name);
        (await worker.ReadLineAsync()).Should().Be("leased");
        var entries = cache.Layer().Entries;

        entries.TryRemove(Name, EntryRemoval.Trash).Should().BeNull();
        entries.TryEvict(Name, DateTimeOffset.MaxValue).Should().BeFalse();
        using (var mine = cache.TryLease(Name, out _))
        {
            mine!.IsSole.Should().BeFalse("the other process leases it too");
        }

        await worker.KillAsync();
        entries.TryEvict(Name, DateTimeOffset.MaxValue).Should().BeTrue("the lock went with the process");
    }

    [Fact]
    public async Task Entry_condemned_while_another_process_leases_it_goes_when_that_process_lets_go()
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        using var worker = StorageWorker.Start("lease", cache.CacheRoot(), Name);
        (await worker.ReadLineAsync()).Should().Be("leased");

        cache.Layer().Entries.Remove(Name, EntryRemoval.Trash, "test");
        File.Exists(cache.PathOf(Name)).Should().BeTrue();
        cache.TryLease(Name, out var reason).Should().BeNull();
        reason.Should().Be(new Reason(CacheReason.BeingRemoved, "condemned"));

        (await worker.FinishAsync()).Should().Be(0);
        Directory.Exists(cache.Layer().Entries.PathOf(Name)).Should().BeFalse("the last lease moves it away");
        cache.Layer().Entries.IsCondemned(Name).Should().BeFalse();
    }

    [MountFact("setpriv")]
    public async Task Worker_under_another_user_leases_an_entry_and_notes_its_use()
    {
        const UnixFileMode everyone = (UnixFileMode)0b111_111_111;
        await using var cache = new TestCache(settings => settings with { DirectoryMode = everyone });
        Mount.Run("chmod", "755", cache.Root);
        cache.Put(Name, Bytes.Random(5_000));
        cache.SetLastAccess(Name, TimeSpan.FromHours(2));

        using var worker = StorageWorker.StartAsNobody("lease", cache.CacheRoot(), Name);
        (await worker.ReadLineAsync()).Should().Be("leased");

        File.GetLastWriteTimeUtc(cache.ManifestOf(Name)).Should().BeCloseTo(DateTime.UtcNow, TimeSpan.FromMinutes(5));
        cache.Layer().Entries.TryRemove(Name, EntryRemoval.Trash).Should().BeNull("locks hold between users");

        // Not ended in good order: what measures coverage cannot write its file as that user, and aborts the process at its end.
        await worker.KillAsync();
    }

    [Fact]
    public async Task Entry_condemned_under_a_process_that_is_then_killed_goes_with_the_next_look()
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        using var worker = StorageWorker.Start("lease", cache.CacheRoot(), Name);
        (await worker.ReadLineAsync()).Should().Be("leased");
        cache.Layer().Entries.Remove(Name, EntryRemoval.Trash, "test");
        await worker.KillAsync();
        Directory.Exists(cache.Layer().Entries.PathOf(Name)).Should().BeTrue();

        cache.TryLease(Name, out _).Should().BeNull();

        Directory.Exists(cache.Layer().Entries.PathOf(Name)).Should().BeFalse();
    }
}
