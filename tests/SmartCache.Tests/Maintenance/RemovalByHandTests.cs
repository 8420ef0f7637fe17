using SmartCache.Tests.Support;

namespace SmartCache.Tests.Maintenance;

/// <summary>Single entries, layers and contents that somebody takes away.</summary>
public class RemovalByHandTests
{
    [Fact]
    public async Task Entry_goes_alone()
    {
        await using var cache = await FilledAsync();
        var (source, profile) = (cache.Names().Single(), Path.GetFileName(cache.Entries("profiles").Single()));

        (await cache.Manager.RemoveEntryAsync(EntryKind.Source, source)).Should().BeTrue();
        (await cache.Manager.RemoveEntryAsync(EntryKind.Source, source)).Should().BeFalse("it is gone");

        (cache.Names().Count, cache.Entries("profiles").Length).Should().Be((0, 1));
        (await cache.Manager.RemoveEntryAsync(EntryKind.Profile, profile)).Should().BeTrue();
        cache.Entries("profiles").Should().BeEmpty();
        Directory.GetFiles(Path.Combine(cache.CacheRoot(), "sources", "facts")).Should().ContainSingle("what is known of the content stays");
    }

    [Theory]
    [InlineData(EntryKind.Source, "holidays")]
    [InlineData(EntryKind.Source, "../profiles")]
    [InlineData(EntryKind.Profile, "0123456789abcdef0123456789abcdef")]
    [InlineData(EntryKind.Source, "0123456789abcdef0123456789abcdef_0123456789abcdef0123456789abcdef")]
    public async Task Name_that_no_entry_of_the_kind_can_have_is_refused(EntryKind kind, string name)
    {
        await using var cache = new TestCache();

        await cache.Manager.Awaiting(manager => manager.RemoveEntryAsync(kind, name)).Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task Layer_is_cleared_with_its_records_and_the_other_one_is_not()
    {
        await using var cache = await FilledAsync();

        (await cache.Manager.ClearLayerAsync(EntryKind.Source)).Should().Be(1);

        (cache.Names().Count, cache.Entries("profiles").Length).Should().Be((0, 1));
        Directory.GetFiles(Path.Combine(cache.CacheRoot(), "sources", "keys")).Should().BeEmpty();
        (await cache.Manager.ClearLayerAsync(EntryKind.Profile)).Should().Be(1);
        cache.Entries("profiles").Should().BeEmpty();
    }

    [Fact]
    public async Task Content_is_rejected_without_a_file_of_it_and_a_text_that_is_none_is_refused()
    {
        await using var cache = await FilledAsync();

        (await cache.Manager.RejectContentAsync(Bytes.Sha256(UseOfACache.Video), "green")).Should().BeTrue();

        cache.Names().Should().BeEmpty();
        (await cache.Manager.RejectContentAsync(Bytes.Sha256(UseOfACache.Video), "green")).Should().BeFalse();
        await cache.Manager.Awaiting(static manager => manager.RejectContentAsync("abc", "green").AsTask()).Should().ThrowAsync<ArgumentException>();
    }

    private static async Task<TestCache> FilledAsync()
    {
        var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(UseOfACache.Video));
        await job.EncodeAsync(await job.DownloadAsync());
        return cache;
    }
}
