using SmartCache.Tests.Support;

namespace SmartCache.Tests.Sources;

/// <summary>A source that is suspected is dropped.</summary>
public sealed class DropTests
{
    [Fact]
    public async Task Source_whose_entry_cannot_be_removed_is_known_no_more_all_the_same()
    {
        var disk = new KeepsEntries();
        await using var cache = new TestCache(fileSystem: disk);
        var content = Bytes.Random(20_000);
        await new TestJob(cache, new FakeDownloader(content)).DownloadAsync();
        var store = cache.Manager.SourceStore;
        store.Catalog.Facts(Bytes.Sha256(content)).Should().NotBeNull();
        disk.Keeps = true;

        store.Invoking(it => it.Drop(Bytes.Sha256(content), "test")).Should().Throw<IOException>();

        store.Catalog.Facts(Bytes.Sha256(content)).Should().BeNull();
        cache.Entries("sources").Should().ContainSingle();
    }

    private sealed class KeepsEntries : ForwardingFileSystem
    {
        public bool Keeps { get; set; }

        public override bool TryRenameNoReplace(string source, string destination) =>
            Keeps && destination.Contains("/trash/", StringComparison.Ordinal) ? throw new IOException("the disk is tired") : base.TryRenameNoReplace(source, destination);
    }
}
