using System.Text.Json;
using System.Text.RegularExpressions;
using SmartCache.Eviction;
using SmartCache.Maintenance;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Maintenance;

public class EvictionMemoryTests
{
    [Fact]
    public async Task What_a_policy_has_learned_survives_a_restart()
    {
        var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        try
        {
            await using (var before = Cache(root, new Remembering()))
            {
                await before.Manager.CleanupAsync();
            }

            var policy = new Remembering();
            await using var after = Cache(root, policy);
            await after.Manager.CleanupAsync();

            policy.Loaded.Should().Be("learned");
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public async Task Damaged_snapshot_costs_only_what_was_learned()
    {
        var policy = new Remembering();
        await using var cache = new TestCache(settings => settings with { EvictionPolicy = policy.Name }, with: services => services with { Policies = new EvictionPolicyCatalog([policy]) });
        cache.Layer().Directory.EnsureOpen();
        await File.WriteAllTextAsync(Path.Combine(cache.Settings.SourcesDirectory, "metadata.json"), "{ \"version\": 1, \"evic");

        (await cache.Manager.CleanupAsync()).AlreadyRunning.Should().BeFalse();

        policy.Loaded.Should().BeNull();
        cache.Log.Of(400).Should().BeEmpty();
    }

    /// <summary>What the size of an entry means has changed once: the entries are the same, and nothing else would have them measured again.</summary>
    [Theory]
    [InlineData("\"version\": 1")]
    [InlineData("\"version\": 99")]
    [InlineData("\"other\": 0")]
    public async Task Snapshot_of_another_version_is_not_believed_about_sizes_and_keeps_what_was_learned(string version)
    {
        var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        try
        {
            await using (var before = Cache(root, new Remembering()))
            {
                before.Put(Entries.NameOf(0), Bytes.Random(100_000));
                await before.Manager.CleanupAsync();
                var snapshot = Path.Combine(before.Settings.SourcesDirectory, "metadata.json");
                var older = Regex.Replace(await File.ReadAllTextAsync(snapshot), "\"version\": \\d+", version);
                await File.WriteAllTextAsync(snapshot, Regex.Replace(older, "\"bytes\": \\d+", "\"bytes\": 7"));
            }

            var policy = new Remembering();
            await using var after = Cache(root, policy);

            (await after.Manager.CleanupAsync()).BytesAfter.Should().BeGreaterThan(100_000);
            policy.Loaded.Should().Be("learned");
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    [Trait("Found", "M27b")]
    public async Task What_a_policy_has_learned_is_neither_lost_nor_written_over_where_it_could_not_be_read_the_first_time()
    {
        var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        try
        {
            string snapshot;
            await using (var before = Cache(root, new Remembering()))
            {
                await before.Manager.CleanupAsync();
                snapshot = Path.Combine(before.Settings.SourcesDirectory, "metadata.json");
            }

            var written = await File.ReadAllTextAsync(snapshot);
            var disk = new IndexFailsOnce();
            var policy = new Remembering("nothing");
            await using var after = Cache(root, policy, disk);

            await after.Manager.CleanupAsync();
            policy.Loaded.Should().BeNull();
            (await File.ReadAllTextAsync(snapshot)).Should().Be(written, "it was not read yet");

            await after.Manager.CleanupAsync();
            policy.Loaded.Should().Be("learned");
            (await File.ReadAllTextAsync(snapshot)).Should().Contain("\"nothing\"", "now the process knows at least as much");
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    [Trait("Found", "M30")]
    public async Task Index_of_more_than_64_MiB_is_read_back_as_a_whole()
    {
        await using var cache = new TestCache();
        cache.Layer().Directory.EnsureOpen();
        var now = DateTimeOffset.UtcNow;
        var entries = Enumerable.Range(0, 250_000)
            .Select(i => new StoredEntry($"{i:x32}_{i:x32}", 1_000_000 + i, 12.5 + i, now, now) { Inode = (ulong)i + 1, Born = 1_700_000_000_000_000_000 + i })
            .ToList();

        IndexSnapshot.Write(cache.Layer().Directory, entries, null, now, Entries.Pulse);

        new FileInfo(Path.Combine(cache.Settings.SourcesDirectory, "metadata.json")).Length.Should().BeGreaterThan(64 << 20);
        IndexSnapshot.Read(cache.Layer().Directory, Entries.Pulse).Entries.Should().Equal(entries);
    }

    private static TestCache Cache(string root, IEvictionPolicy policy, FileSystem? disk = null) => new(
        settings => settings with { EvictionPolicy = policy.Name },
        root: root,
        fileSystem: disk,
        with: services => services with { Policies = new EvictionPolicyCatalog([policy]) });

    /// <summary>The first look at an index fails, as on a disk that has a bad moment.</summary>
    private sealed class IndexFailsOnce : ForwardingFileSystem
    {
        private int _looks;

        public override FileFacts? Stat(string path) =>
            path.EndsWith("metadata.json", StringComparison.Ordinal) && Interlocked.Increment(ref _looks) == 1 ? throw new IOException("input/output error", 5) : base.Stat(path);
    }

    private sealed class Remembering(string learned = "learned") : IEvictionPolicy
    {
        public string Name => "REMEMBERING";

        public string? Loaded { get; private set; }

        public void Rank(ReadOnlySpan<EvictionCandidate> candidates, DateTimeOffset now, Span<double> ranks) => ranks.Clear();

        public JsonElement? SaveState() => JsonSerializer.SerializeToElement(learned);

        public void LoadState(JsonElement state) => Loaded = state.GetString();
    }
}
