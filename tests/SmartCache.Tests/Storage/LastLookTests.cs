using SmartCache.Abstractions;
using SmartCache.Storage;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>A worker that writes into its own file, which the cache shares by a hard link, when everything is hashed and flushed and nothing is published yet.</summary>
public class LastLookTests
{
    [Theory]
    [InlineData("source")]
    [InlineData("profile")]
    [Trait("Found", "S6-last-look")]
    public async Task A_write_between_the_hash_and_the_publish_is_seen_by_the_last_look(string what)
    {
        var disk = new LastMoment();
        await using var cache = new TestCache(static settings => settings with { Materialize = MaterializeMode.HardLink }, fileSystem: disk);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(100_000)));
        var source = await job.DownloadAsync();
        if (what == "source")
        {
            await cache.Manager.ClearAsync();
            var request = job.Request();
            disk.Then = () => Entries.Overwrite(request.DestinationPath, 50_000);
            await job.DownloadAsync(request);
            cache.Entries("sources").Should().BeEmpty();
        }
        else
        {
            disk.Then = () => Entries.Overwrite(Directory.EnumerateFiles(cache.Work, "seg_00002.ts", SearchOption.AllDirectories).Single(), 1_000);
            await job.EncodeAsync(source);
            cache.Entries("profiles").Should().BeEmpty();
        }

        disk.Then.Should().BeNull("the moment came");
        cache.Log.Of(400).Should().BeEmpty("a worker that uses its file is no fault");
    }

    /// <summary>A disk on which something happens once, when the directory of a finished staging is flushed.</summary>
    private sealed class LastMoment : ForwardingFileSystem
    {
        public Action? Then { get; set; }

        public override void Flush(string path)
        {
            base.Flush(path);
            if (Then is { } then && File.Exists(Path.Combine(path, Manifest.FileName)))
            {
                Then = null;
                then();
            }
        }
    }
}
