using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>What is flushed, and when; the states that power cuts leave without it are tried by <c>power-states</c>.</summary>
public class FlushTests
{
    [Fact]
    public async Task Hit_flushes_nothing()
    {
        var disk = new CountedFlushes();
        await using var cache = new TestCache(fileSystem: disk);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        var encoded = await job.EncodeAsync(await job.DownloadAsync());
        disk.Flushed.Clear();

        var video = await job.DownloadAsync();
        var again = await job.EncodeAsync(video);

        (encoded.Outcome, video.Outcome, again.Outcome).Should().Be((CacheOutcome.Miss, CacheOutcome.Hit, CacheOutcome.Hit));
        disk.Flushed.Should().BeEmpty();
    }

    [Fact]
    public async Task Key_is_flushed_5_s_after_it_was_written_without_anybody_asking()
    {
        var disk = new CountedFlushes();
        var time = new DrivenTime();
        await using var cache = new TestCache(fileSystem: disk, time: time);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        await job.Downloader.DownloadAsync(job.Request());
        while (cache.Manager.Saves.Count > 0)
        {
            await Task.Yield();
        }

        disk.HasFlushed("/keys").Should().BeFalse();
        time.Advance(TimeSpan.FromSeconds(5));
        while (cache.Manager.Saves.Count > 0)
        {
            await Task.Yield();
        }

        disk.HasFlushed("/keys").Should().BeTrue();
    }

    [Fact]
    public async Task Flush_of_the_manager_has_the_keys_on_the_disk()
    {
        var disk = new CountedFlushes();
        await using var cache = new TestCache(fileSystem: disk, time: new DrivenTime());
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));

        await job.DownloadAsync();

        disk.Flushed.Should().Contain(path => Path.GetFileName(Path.GetDirectoryName(path)) == "keys");
    }

    /// <summary>An eviction is not flushed: after a power cut the entry could be there again, and its key too, although somebody removed it in between.</summary>
    [Fact]
    public async Task Removal_of_what_an_eviction_took_away_a_moment_ago_is_flushed()
    {
        var disk = new CountedFlushes();
        await using var cache = new TestCache(fileSystem: disk, time: new DrivenTime());
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        await job.EncodeAsync(await job.DownloadAsync());
        foreach (var layer in new[] { "sources", "profiles" })
        {
            foreach (var manifest in Directory.GetFiles(Path.Combine(cache.Settings.Root, layer), "manifest.json", SearchOption.AllDirectories))
            {
                Directory.Delete(Path.GetDirectoryName(manifest)!, recursive: true);
            }
        }

        disk.Flushed.Clear();
        await cache.Manager.Sources.RemoveAsync(SourceKey.From(job.Request()));
        disk.HasFlushed("/sources/.").Should().BeTrue();

        disk.Flushed.Clear();
        await cache.Manager.ClearAsync();
        disk.HasFlushed("/sources/.").Should().BeTrue();
        disk.HasFlushed("/profiles/.").Should().BeTrue();
    }

    /// <summary>A file system may give the blocks of a deleted file to another one at once (ext4 with data=writeback); a power cut must not bring back an entry with those.</summary>
    [Fact]
    public async Task That_an_evicted_entry_left_is_on_the_disk_before_its_files_are_deleted()
    {
        var disk = new EvictionSteps();
        await using var cache = new TestCache(fileSystem: disk);
        cache.Put(Entries.Name, Bytes.Random(20_000));
        cache.SetLastAccess(Entries.Name, TimeSpan.FromDays(400));
        disk.Steps.Clear();

        (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().Be(1);

        var steps = disk.Steps.ToList();
        var moved = steps.IndexOf("moved");
        moved.Should().BeGreaterThanOrEqualTo(0);
        steps.Skip(moved).SkipWhile(static step => step == "moved").First().Should().Be("flushed", string.Join(", ", steps));
        steps.Should().Contain("deleted");
    }

    [Fact]
    public async Task Cache_works_below_a_directory_that_cannot_be_flushed()
    {
        await using var cache = new TestCache(fileSystem: new UnflushableParents());
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        await job.DownloadAsync();

        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Records_that_are_gone_with_the_directory_when_they_are_flushed_are_no_fault()
    {
        await using var cache = new TestCache(time: new DrivenTime());
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        await job.Downloader.DownloadAsync(job.Request());
        while (cache.Manager.Saves.Count > 0)
        {
            await Task.Yield();
        }

        Directory.Delete(cache.Settings.Root, recursive: true);
        await cache.Manager.FlushAsync();

        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Records_that_could_not_be_flushed_are_flushed_the_next_time()
    {
        var disk = new CountedFlushes();
        await using var cache = new TestCache(fileSystem: disk, time: new DrivenTime());
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        disk.Fails = static path => path.EndsWith(".json", StringComparison.Ordinal);
        await job.DownloadAsync();
        disk.HasFlushed("/keys").Should().BeTrue("one that cannot be flushed keeps none of the others");

        disk.Fails = static _ => false;
        disk.Flushed.Clear();
        await cache.Manager.FlushAsync();

        disk.Flushed.Should().Contain(path => Path.GetFileName(Path.GetDirectoryName(path)) == "keys");
    }

    [Fact]
    public async Task Account_of_an_earlier_start_of_the_machine_is_not_believed()
    {
        await using var before = new TestCache(fileSystem: new CountedFlushes("before"));
        await new TestJob(before, new FakeDownloader(Bytes.Random(20_000))).DownloadAsync();
        await before.Manager.CleanupAsync();
        (await before.Manager.Space.UsageAsync(CancellationToken.None))!.Counted.Should().BePositive();

        await using var after = new TestCache(root: before.Root, fileSystem: new CountedFlushes("after"));
        (await after.Manager.Space.UsageAsync(CancellationToken.None))!.Counted.Should().BeNull("what was written last before the cut may be lost");
        await after.Manager.CleanupAsync();
        (await after.Manager.Space.UsageAsync(CancellationToken.None))!.Counted.Should().BePositive();
    }

    /// <summary>Notes what is done to the layer of sources and its trash.</summary>
    private sealed class EvictionSteps : ForwardingFileSystem
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Steps { get; } = new();

        public override bool TryRenameNoReplace(string source, string destination)
        {
            if (destination.Contains("/sources/trash/", StringComparison.Ordinal) && !source.Contains("/staging/", StringComparison.Ordinal))
            {
                Steps.Enqueue("moved");
            }

            return base.TryRenameNoReplace(source, destination);
        }

        public override void Flush(string path)
        {
            if (path.EndsWith("/sources/.", StringComparison.Ordinal))
            {
                Steps.Enqueue("flushed");
            }

            base.Flush(path);
        }

        public override void Delete(string path)
        {
            if (path.Contains("/sources/trash/", StringComparison.Ordinal))
            {
                Steps.Enqueue("deleted");
            }

            base.Delete(path);
        }
    }

    /// <summary>As some network and FUSE file systems, which answer EINVAL.</summary>
    private sealed class UnflushableParents : ForwardingFileSystem
    {
        public override void Flush(string path)
        {
            if (path.EndsWith("..", StringComparison.Ordinal))
            {
                throw new IOException("Invalid argument", 22);
            }

            base.Flush(path);
        }
    }
}
