using Microsoft.Win32.SafeHandles;
using SmartCache.Storage;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Sources;

/// <summary>What is removed with a scope: what nobody else knows.</summary>
public sealed class RemoveByScopeTests
{
    [Fact]
    public async Task Source_and_profiles_of_one_scope_go_with_it()
    {
        await using var cache = new TestCache();
        var job = Job(cache);
        await EncodeAsync(job, "a", "http://example.test/own.mp4");
        await EncodeAsync(job, "b", "http://example.test/other.mp4");

        (await cache.Manager.RemoveByScopeAsync("a")).Should().Be(2);

        (cache.Entries("sources").Length, cache.Entries("profiles").Length).Should().Be((1, 1));
        (await job.DownloadAsync(Request(job, "a", "http://example.test/own.mp4"))).Outcome.Should().Be(CacheOutcome.Miss);
        (await job.DownloadAsync(Request(job, "b", "http://example.test/other.mp4"))).Outcome.Should().Be(CacheOutcome.Hit);
    }

    [Theory]
    [InlineData("b")]
    [InlineData(null)]
    public async Task Source_that_another_scope_knows_stays_and_is_found_by_that_one_only(string? other)
    {
        await using var cache = new TestCache();
        var job = Job(cache);
        await EncodeAsync(job, "a", "http://example.test/shared.mp4");
        await EncodeAsync(job, other, "http://example.test/shared.mp4");

        (await cache.Manager.RemoveByScopeAsync("a")).Should().Be(0);

        (cache.Entries("sources").Length, cache.Entries("profiles").Length).Should().Be((1, 1));
        (await job.DownloadAsync(Request(job, "a", "http://example.test/shared.mp4"))).Outcome.Should().Be(CacheOutcome.Miss);
        (await job.DownloadAsync(Request(job, other, "http://example.test/shared.mp4"))).Outcome.Should().Be(CacheOutcome.Hit);
    }

    [Fact]
    public async Task Scope_that_nobody_named_removes_nothing()
    {
        await using var cache = new TestCache();
        var job = Job(cache);
        await EncodeAsync(job, null, "http://example.test/own.mp4");

        (await cache.Manager.RemoveByScopeAsync("")).Should().Be(0);

        (cache.Entries("sources").Length, cache.Entries("profiles").Length).Should().Be((1, 1));
    }

    [Fact]
    public async Task What_a_fault_left_goes_with_the_next_call()
    {
        var disk = new DiskThatKeepsProfiles();
        await using var cache = new TestCache(fileSystem: disk);
        await EncodeAsync(Job(cache), "a", "http://example.test/own.mp4");
        disk.Fails = true;
        await cache.Manager.RemoveByScopeAsync("a");
        cache.Entries("profiles").Should().HaveCount(1, "the disk did not let it go");

        disk.Fails = false;

        (await cache.Manager.RemoveByScopeAsync("a")).Should().Be(1);
        cache.Entries("profiles").Should().BeEmpty();
    }

    [Fact]
    public async Task Entry_that_cannot_be_moved_keeps_no_other()
    {
        var disk = new DiskThatKeepsProfiles();
        await using var cache = new TestCache(fileSystem: disk);
        foreach (var address in new[] { "http://example.test/1.mp4", "http://example.test/no-2.mp4", "http://example.test/none-3.mp4" })
        {
            await EncodeAsync(Job(cache), "a", address);
        }

        disk.Keeps = Path.GetFileName(cache.Entries("profiles").Order(StringComparer.Ordinal).First());
        (await cache.Manager.RemoveByScopeAsync("a")).Should().Be(5, "three sources and two profiles could be moved");
        cache.Log.Of(400).Should().ContainSingle();
        disk.Keeps = null;

        (await cache.Manager.RemoveByScopeAsync("a")).Should().Be(1);
        (cache.Entries("sources").Length, cache.Entries("profiles").Length).Should().Be((0, 0));
    }

    [Fact]
    public async Task Record_that_cannot_be_read_keeps_no_scope_from_being_removed()
    {
        var disk = new DiskThatKeepsProfiles();
        await using var cache = new TestCache(fileSystem: disk);
        await EncodeAsync(Job(cache), "a", "http://example.test/own.mp4");
        await EncodeAsync(Job(cache), "b", "http://example.test/other.mp4");
        var keys = Directory.GetFiles(Path.Combine(cache.Settings.Root, "sources", "keys"));
        disk.Unreadable = Array.Find(keys, path => !File.ReadAllText(path).Contains(KeyPreimage.Hide("a"), StringComparison.Ordinal));

        await using var other = new TestCache(root: cache.Root, fileSystem: disk);
        (await other.Manager.RemoveByScopeAsync("a")).Should().Be(2);

        other.Log.Of(400).Should().ContainSingle();
        disk.Unreadable = null;
        (await Job(other).DownloadAsync(Request(Job(other), "b", "http://example.test/other.mp4"))).Outcome.Should().Be(CacheOutcome.Hit);
    }

    [Fact]
    public async Task Key_that_another_worker_wrote_anew_meanwhile_stays_and_is_found_by_the_next_call()
    {
        var disk = new DiskThatKeepsProfiles();
        await using var cache = new TestCache(fileSystem: disk);
        await using var other = new TestCache(root: cache.Root);
        await EncodeAsync(Job(cache), "a", "http://example.test/own.mp4");
        disk.BeforeProfileGoes = () => EncodeAsync(Job(other), "a", "http://example.test/own.mp4").Wait();

        (await cache.Manager.RemoveByScopeAsync("a")).Should().Be(2);
        cache.Entries("sources").Should().HaveCount(1, "the other worker stored it again");

        (await cache.Manager.RemoveByScopeAsync("a")).Should().BePositive("the newer key leads to it");
        (cache.Entries("sources").Length, cache.Entries("profiles").Length).Should().Be((0, 0));
    }

    // The address decides the bytes.
    private static TestJob Job(TestCache cache) =>
        new(cache, new FakeDownloader(static request => Bytes.Random(20_000, request.Source.Length)));

    private static DownloadRequest Request(TestJob job, string? scope, string url) => job.Request(url: url) with { Scope = scope };

    private static async Task EncodeAsync(TestJob job, string? scope, string url) => await job.EncodeAsync(await job.DownloadAsync(Request(job, scope, url)));

    private sealed class DiskThatKeepsProfiles : ForwardingFileSystem
    {
        public bool Fails { get; set; }

        /// <summary>The one entry that cannot be moved.</summary>
        public string? Keeps { get; set; }

        /// <summary>The one file that cannot be read.</summary>
        public string? Unreadable { get; set; }

        /// <summary>Called once.</summary>
        public Action? BeforeProfileGoes { get; set; }

        public override bool TryRenameNoReplace(string source, string destination)
        {
            if (Path.GetFileName(Path.GetDirectoryName(source)) == "profiles")
            {
                var before = BeforeProfileGoes;
                BeforeProfileGoes = null;
                before?.Invoke();
                if (Fails || Path.GetFileName(source) == Keeps)
                {
                    throw new IOException("the disk is tired");
                }
            }

            return base.TryRenameNoReplace(source, destination);
        }

        public override SafeFileHandle OpenRead(string path) => path == Unreadable ? throw new IOException("the disk is tired") : base.OpenRead(path);
    }
}
