using SmartCache.Storage;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Maintenance;

/// <summary>What <see cref="ICacheManager"/> does with the cache as a whole.</summary>
public class WholeCacheTests
{
    private const string Url = "http://example.test/video";

    [Fact]
    public async Task Verify_finds_planted_bit_flips_and_nothing_else()
    {
        await using var cache = new TestCache();
        for (var i = 0; i < 5; i++)
        {
            cache.Put(Entries.NameOf(i), Bytes.Random(50_000));
        }

        Entries.FlipSilently(cache.PathOf(Entries.NameOf(2)), 33_333);

        var report = await cache.Manager.VerifyAsync();

        report.Should().Be(new VerifyReport { Entries = 5, Bytes = 250_000, Quarantined = 1 });
        cache.Names().Should().Equal(Enumerable.Range(0, 5).Where(i => i != 2).Select(Entries.NameOf));
        Directory.EnumerateDirectories(cache.Layer().Directory.Quarantine).Should().ContainSingle();
        (await cache.Manager.VerifyAsync()).Quarantined.Should().Be(0);
    }

    [Fact]
    public async Task Verifying_is_no_use_that_keeps_an_entry_from_expiring()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(50_000));
        cache.SetLastAccess(Entries.Name, TimeSpan.FromDays(2));

        await cache.Manager.VerifyAsync();

        (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().Be(1);
    }

    [Fact]
    public async Task Verify_goes_on_after_an_entry_that_cannot_be_read()
    {
        await using var cache = new TestCache();
        for (var i = 0; i < 3; i++)
        {
            cache.Put(Entries.NameOf(i), Bytes.Random(50_000));
            Entries.FlipSilently(cache.PathOf(Entries.NameOf(i)));
        }

        // No lock can be taken on a directory.
        var entryLock = Path.Combine(cache.Layer().Directory.Locks, "entry-" + Entries.NameOf(1));
        File.Delete(entryLock);
        Directory.CreateDirectory(entryLock);

        (await cache.Manager.VerifyAsync()).Quarantined.Should().Be(2);
        cache.Names().Should().Equal(Entries.NameOf(1));
    }

    [Fact]
    public async Task Clear_removes_everything_and_keeps_valid_what_is_leased()
    {
        await using var cache = new TestCache();
        var bytes = Bytes.Random(50_000);
        var downloader = new CachingVideoDownloader(new FakeDownloader(bytes), cache.Manager);
        var request = new DownloadRequest(Url, cache.WorkPath("a.mp4"));
        await downloader.DownloadAsync(request);
        await cache.Manager.FlushAsync();
        cache.Put(Entries.NameOf(1), Bytes.Random(5_000));
        var lease = (await cache.Manager.Sources.TryGetAsync(SourceKey.From(request)))!;

        (await cache.Manager.ClearAsync()).Should().Be(2);

        (await File.ReadAllBytesAsync(lease.Path)).Should().Equal(bytes);
        (await cache.Manager.TryGetMediaAsync(request)).Should().BeNull("keys and facts are gone");
        (await cache.Manager.Sources.TryGetAsync(SourceKey.From(request))).Should().BeNull();
        await lease.DisposeAsync();
        cache.Names().Should().BeEmpty();
        (await downloader.DownloadAsync(request)).Outcome.Should().Be(CacheOutcome.Miss);
    }

    [Fact]
    public async Task RemoveBySource_takes_a_source_with_its_profiles_and_no_other()
    {
        await using var cache = new TestCache();
        var encoder = new CachingProfileEncoder(new FakeEncoder(), cache.Manager);
        var hashes = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            var seed = i;
            var downloader = new CachingVideoDownloader(new FakeDownloader(Bytes.Random(50_000, seed)), cache.Manager);
            var video = await downloader.DownloadAsync(new DownloadRequest($"{Url}/{i}", cache.WorkPath($"{i}.mp4")));
            await encoder.EncodeAsync(new EncodeRequest(video, new EncodingProfile("720p"), cache.WorkPath($"out{i}")));
            hashes.Add(Bytes.Sha256(Bytes.Random(50_000, seed)));
        }

        await cache.Manager.FlushAsync();

        (await cache.Manager.RemoveBySourceAsync(hashes[0])).Should().Be(2);

        cache.Names().Should().Equal(hashes[1][..32]);
        new EntryScan(cache.ProfileLayer().Entries).Names().Should().ContainSingle().Which.Should().StartWith(hashes[1][..32]);
        (await cache.Manager.RemoveBySourceAsync(hashes[0])).Should().Be(0);
        await cache.Manager.Invoking(manager => manager.RemoveBySourceAsync("../../etc")).Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task Statistics_count_entries_bytes_and_what_hits_saved()
    {
        await using var cache = new TestCache();
        var downloader = new CachingVideoDownloader(new FakeDownloader(Bytes.Random(50_000)), cache.Manager);
        for (var i = 0; i < 3; i++)
        {
            await downloader.DownloadAsync(new DownloadRequest(Url, cache.WorkPath("a.mp4")));
            await cache.Manager.FlushAsync();
        }

        var statistics = await cache.Manager.GetStatisticsAsync();

        statistics.Sources.Entries.Should().Be(1);
        statistics.Sources.Bytes.Should().BeInRange(50_000, 70_000);
        statistics.Sources.Hits.Should().Be(2);
        statistics.Sources.Misses.Should().Be(1);
        statistics.SavedBytes.Should().Be(100_000);
        statistics.Sources.SavedTime.Should().BePositive();
        statistics.Profiles.Entries.Should().Be(0);
    }
}
