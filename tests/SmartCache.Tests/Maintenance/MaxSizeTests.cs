using SmartCache.Eviction;
using SmartCache.Storage;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Maintenance;

public class MaxSizeTests
{
    private const int EntryBytes = 96 * 1024;

    [Fact]
    public async Task Lru_takes_those_longest_unused_down_to_nine_tenths()
    {
        await using var cache = Filled(new LruPolicy());

        var report = await cache.Manager.CleanupAsync();

        report.EvictedEntries.Should().Be(2);
        report.BytesAfter.Should().BeInRange(700_000, 900_000);
        cache.Names().Should().Equal(Range(0, 8), "entries 8 and 9 were used last longest ago");
    }

    [Fact]
    public async Task Fifo_takes_those_stored_first()
    {
        await using var cache = Filled(new FifoPolicy());

        await cache.Manager.CleanupAsync();

        cache.Names().Should().Equal(Range(2, 8), "entries 0 and 1 were stored first");
    }

    [Fact]
    public async Task Size_takes_the_largest()
    {
        await using var cache = Filled(new SizePolicy(), largest: 5);

        await cache.Manager.CleanupAsync();

        cache.Names().Should().NotContain(Entries.NameOf(5)).And.HaveCountGreaterThan(5);
    }

    [Fact]
    public async Task Below_the_limit_nothing_goes()
    {
        await using var cache = Filled(new LruPolicy());
        cache.Settings = cache.Settings with { MaxSize = 1_200_000 };

        (await cache.Manager.CleanupAsync()).EvictedEntries.Should().Be(0);
        cache.Names().Should().HaveCount(10);
    }

    [Fact]
    public async Task Leased_entry_is_passed_by_for_the_next()
    {
        await using var cache = Filled(new LruPolicy());
        using var lease = cache.TryLease(Entries.NameOf(9), out _);
        cache.SetLastAccess(Entries.NameOf(9), TimeSpan.FromHours(19));

        (await cache.Manager.CleanupAsync()).EvictedEntries.Should().Be(2);

        cache.Names().Should().Equal([.. Range(0, 7), Entries.NameOf(9)]);
    }

    [Fact]
    public async Task Entry_that_is_given_out_between_the_scan_and_its_eviction_stays()
    {
        TestCache? cache = null;
        await using var owned = cache = Filled(new Meddling(new LruPolicy(), () => cache!.TryLease(Entries.NameOf(9), out _)!.Dispose()));

        await cache.Manager.CleanupAsync();

        cache.Names().Should().Equal([.. Range(0, 7), Entries.NameOf(9)]);
    }

    [Fact]
    public async Task Everything_leased_is_said_and_nothing_breaks()
    {
        await using var cache = Filled(new LruPolicy());
        var leases = Enumerable.Range(0, 10).Select(i => cache.TryLease(Entries.NameOf(i), out _)!).ToList();

        (await cache.Manager.CleanupAsync()).EvictedEntries.Should().Be(0);

        cache.Log.Of(502).Should().ContainSingle().Which.Should().MatchRegex("It holds [0-9]+ bytes of entries that jobs lease");
        leases.ForEach(lease => lease.Dispose());
    }

    [Fact]
    public async Task Partial_download_that_fills_the_cache_is_named()
    {
        await using var cache = new TestCache(settings => settings with { MaxSize = 1_000_000 });
        cache.Layer().Directory.EnsureOpen();
        Directory.CreateDirectory(cache.Manager.SourceStore.Catalog.PartialsDirectory);
        await File.WriteAllBytesAsync(Path.Combine(cache.Manager.SourceStore.Catalog.PartialsDirectory, Entries.Name), Bytes.Random(2_000_000));

        await cache.Manager.CleanupAsync();

        cache.Log.Of(502).Should().ContainSingle().Which.Should().MatchRegex("It holds 200[0-9]+ bytes of partial downloads").And.NotContain("lease");
    }

    [Fact]
    public async Task Policy_that_throws_is_replaced_by_lru_for_once()
    {
        await using var cache = Filled(new Meddling(new LruPolicy(), () => throw new InvalidOperationException("bug")));

        (await cache.Manager.CleanupAsync()).EvictedEntries.Should().Be(2);

        cache.Names().Should().Equal(Range(0, 8));
        cache.Log.Of(700).Should().ContainSingle();
    }

    [Fact]
    public async Task Quarantine_goes_before_any_entry()
    {
        await using var cache = Filled(new LruPolicy());
        cache.Layer().Entries.Remove(Entries.NameOf(0), EntryRemoval.Quarantine, "test");
        cache.Layer().Entries.Remove(Entries.NameOf(1), EntryRemoval.Quarantine, "test");

        (await cache.Manager.CleanupAsync()).EvictedEntries.Should().Be(0);

        cache.Names().Should().HaveCount(8);
        Directory.EnumerateFileSystemEntries(cache.Layer().Directory.Quarantine).Should().BeEmpty();
    }

    [Fact]
    public async Task Same_name_in_two_layers_does_not_confuse_the_clean_up()
    {
        await using var cache = Filled(new LruPolicy());
        Entries.Publish(cache.ProfileLayer(), Entries.NameOf(9), null, ("a", Bytes.Random(EntryBytes)))!.Dispose();

        (await cache.Manager.CleanupAsync()).EvictedEntries.Should().Be(3);

        cache.Names().Should().Equal(Range(0, 7));
        new EntryScan(cache.ProfileLayer().Entries).Names().Should().Equal(Entries.NameOf(9));
    }

    /// <summary>Ten entries of about 104 KiB under a limit of 1 MB; entry 0 was stored first and used last.</summary>
    private static TestCache Filled(IEvictionPolicy policy, int largest = -1)
    {
        var cache = new TestCache(
            settings => settings with { MaxSize = 1_000_000, EvictionPolicy = policy.Name },
            with: services => services with { Policies = new EvictionPolicyCatalog([policy]) });
        for (var i = 0; i < 10; i++)
        {
            var created = DateTimeOffset.UtcNow.AddHours(i - 20);
            Entries.Publish(cache.Layer(), Entries.NameOf(i), created, ("source.bin", Bytes.Random(i == largest ? EntryBytes * 3 : EntryBytes)))!.Dispose();
            cache.SetLastAccess(Entries.NameOf(i), TimeSpan.FromHours(10 + i));
        }

        return cache;
    }

    private static string[] Range(int first, int count) => [.. Enumerable.Range(first, count).Select(Entries.NameOf)];

    /// <summary>Ranks as another policy does, after something has happened.</summary>
    private sealed class Meddling(IEvictionPolicy policy, Action before) : IEvictionPolicy
    {
        public string Name => "meddling";

        public void Rank(ReadOnlySpan<EvictionCandidate> candidates, DateTimeOffset now, Span<double> ranks)
        {
            before();
            policy.Rank(candidates, now, ranks);
        }
    }
}
