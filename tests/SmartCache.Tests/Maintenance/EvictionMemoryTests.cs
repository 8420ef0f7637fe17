using System.Text.Json;
using System.Text.RegularExpressions;
using SmartCache.Eviction;
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

    private static TestCache Cache(string root, IEvictionPolicy policy) => new(
        settings => settings with { EvictionPolicy = policy.Name },
        root: root,
        with: services => services with { Policies = new EvictionPolicyCatalog([policy]) });

    private sealed class Remembering : IEvictionPolicy
    {
        public string Name => "REMEMBERING";

        public string? Loaded { get; private set; }

        public void Rank(ReadOnlySpan<EvictionCandidate> candidates, DateTimeOffset now, Span<double> ranks) => ranks.Clear();

        public JsonElement? SaveState() => JsonDocument.Parse("\"learned\"").RootElement;

        public void LoadState(JsonElement state) => Loaded = state.GetString();
    }
}
