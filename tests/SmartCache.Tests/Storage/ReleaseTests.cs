using System.Collections.Concurrent;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>What a job held is given back at its end, whatever kind of exception the way there throws.</summary>
public class ReleaseTests
{
    [Theory]
    [Trait("Found", "M12")]
    [InlineData(typeof(EntryPointNotFoundException))]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(OutOfMemoryException))]
    [InlineData(typeof(IOException))]
    public async Task Save_whose_end_throws_gives_its_production_lock_back(Type kind)
    {
        await using var cache = new TestCache(fileSystem: new DiskThatCannotRename(kind));
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));

        var encoded = await job.EncodeAsync(await job.DownloadAsync()).Guarded();

        encoded.Outcome.Should().Be(CacheOutcome.Miss);
        LocksOf(cache, "make-*").Should().BeEmpty(cache.Log.ToString());
        (await job.EncodeAsync(await job.DownloadAsync()).Guarded()).Outcome.Should().Be(CacheOutcome.Miss, "nobody waits for a lock that nobody holds");
    }

    [Fact]
    public async Task Entry_whose_publisher_fails_after_the_rename_is_leased_by_nobody()
    {
        var content = Bytes.Random(20_000);
        await using var cache = new TestCache(fileSystem: new DiskThatFailsAfterARename());
        var job = new TestJob(cache, new FakeDownloader(content));
        await job.EncodeAsync(await job.DownloadAsync());
        await cache.Manager.FlushAsync();
        cache.Entries("profiles").Should().ContainSingle();

        await cache.Manager.RemoveBySourceAsync(Bytes.Sha256(content));

        cache.Entries("sources").Should().BeEmpty("what is leased is removed only when its lease ends");
        cache.Entries("profiles").Should().BeEmpty();
    }

    [Fact]
    [Trait("Found", "M12b")]
    public async Task One_release_that_throws_keeps_none_of_the_others_from_being_made()
    {
        var log = new ListLogger();
        var settings = CacheSettings.ForRoot(Directory.CreateTempSubdirectory("smartcache-release-").FullName);
        using var meter = new CacheMeter();
        using var layer = new LayerDirectory("sources", settings.Root, () => settings, FileSystem.Current);
        var boundary = new CacheBoundary(layer, new Fixed(settings), new FaultLog(log, meter, TimeProvider.System), TimeProvider.System);
        var released = new List<string>();

        await boundary.ReleaseAsync(
            new Held(() => throw new EntryPointNotFoundException("renameat2")), null, new Held(() => released.Add("lease")), new Held(() => released.Add("lock")));

        released.Should().Equal("lease", "lock");
        log.Of(400).Should().ContainSingle().Which.Should().Contain(nameof(EntryPointNotFoundException));
        Directory.Delete(settings.Root, recursive: true);
    }

    private static string[] LocksOf(TestCache cache, string pattern) =>
        [.. Directory.GetFiles(cache.CacheRoot(), pattern, SearchOption.AllDirectories)];

    private sealed class DiskThatCannotRename(Type kind) : ForwardingFileSystem
    {
        public override bool TryRenameNoReplace(string source, string destination) => throw (Exception)Activator.CreateInstance(kind)!;
    }

    /// <summary>Nothing can be learned any more about the place that an entry was moved away from.</summary>
    private sealed class DiskThatFailsAfterARename : ForwardingFileSystem
    {
        private readonly ConcurrentDictionary<string, bool> _left = new();

        public override bool TryRenameNoReplace(string source, string destination)
        {
            var isRenamed = base.TryRenameNoReplace(source, destination);
            if (isRenamed)
            {
                _left.TryAdd(source, true);
            }

            return isRenamed;
        }

        public override FileFacts? Stat(string path) =>
            _left.ContainsKey(path) && path.Contains("staging", StringComparison.Ordinal) ? throw new IOException("Input/output error", 5) : base.Stat(path);
    }

    private sealed class Held(Action release) : IDisposable
    {
        public void Dispose() => release();
    }

    private sealed class Fixed(CacheSettings current) : ICacheSettingsSource
    {
        public CacheSettings Current { get; } = current;
    }
}
