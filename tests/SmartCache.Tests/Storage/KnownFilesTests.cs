using SmartCache.Abstractions;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>What was parsed once is used again only while its file is the one that was read.</summary>
public sealed class KnownFilesTests : IDisposable
{
    private static readonly DateTimeOffset Earlier = DateTimeOffset.UtcNow.AddMinutes(-5);

    private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
    private readonly KnownFiles<string> _files = new(capacity: 2);

    private string FilePath => Path.Combine(_root, "state.json");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Recall_while_the_file_is_the_same_gives_the_value()
    {
        var facts = Write(FilePath, "one", Earlier);
        _files.Remember(FileSystem.Current, FilePath, facts, "parsed");

        _files.Recall(Stat(FilePath)).Should().Be("parsed");
    }

    [Fact]
    public void Recall_after_the_file_was_replaced_by_one_of_the_same_length_and_time_gives_nothing()
    {
        _files.Remember(FileSystem.Current, FilePath, Write(FilePath, "one", Earlier), "parsed");
        Write(FilePath + ".new", "two", Earlier);
        File.Move(FilePath + ".new", FilePath, overwrite: true);

        _files.Recall(Stat(FilePath)).Should().BeNull();
    }

    [Fact]
    public void Recall_after_the_file_was_written_in_place_gives_nothing()
    {
        _files.Remember(FileSystem.Current, FilePath, Write(FilePath, "one", Earlier), "parsed");

        // Long enough ago too, so that it is the other time that tells, and not that it is young.
        _files.Recall(Write(FilePath, "two", Earlier.AddSeconds(1))).Should().BeNull();
    }

    [Fact]
    public void Remember_a_file_written_this_moment_is_not_done_because_its_time_proves_nothing_yet()
    {
        // In the future, so that no pause of the test can settle it.
        var facts = Write(FilePath, "one", DateTimeOffset.UtcNow.AddMinutes(5));
        _files.Remember(FileSystem.Current, FilePath, facts, "parsed");

        _files.Recall(Stat(FilePath)).Should().BeNull();
    }

    [Fact]
    public void Remember_a_file_that_was_replaced_while_it_was_read_is_not_done()
    {
        var before = Write(FilePath, "one", Earlier);
        Write(FilePath + ".new", "two", Earlier);
        File.Move(FilePath + ".new", FilePath, overwrite: true);
        _files.Remember(FileSystem.Current, FilePath, before, "parsed from whichever it was");

        _files.Recall(before).Should().BeNull();
        _files.Recall(Stat(FilePath)).Should().BeNull();
    }

    [Fact]
    public void Remember_beyond_the_capacity_forgets_what_was_there()
    {
        var facts = Write(FilePath, "one", Earlier);
        var other = Write(FilePath + ".other", "two", Earlier);
        _files.Remember(FileSystem.Current, FilePath, facts, "parsed");
        _files.Remember(FileSystem.Current, FilePath + ".other", other, "as heavy as two", weight: 2);

        _files.Recall(facts).Should().BeNull();
        _files.Recall(other).Should().Be("as heavy as two");
    }

    [Fact]
    public void Remember_up_to_the_capacity_keeps_all_and_begins_anew_beyond_it()
    {
        FileFacts[] facts = [.. Enumerable.Range(0, 4).Select(i => Write($"{FilePath}.{i}", "one", Earlier))];
        string?[] Known() => [.. facts.Select(one => _files.Recall(one))];
        _files.Remember(facts[0], "0");
        _files.Remember(facts[1], "1");
        Known().Should().Equal("0", "1", null, null);

        _files.Remember(facts[2], "2");
        Known().Should().Equal(null, null, "2", null);

        _files.Remember(facts[3], "3");
        Known().Should().Equal(null, null, "2", "3");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_manifest_damaged_in_place_between_two_hits_is_noticed(bool full)
    {
        await using var cache = new TestCache(settings => settings with { Integrity = full ? IntegrityLevel.Full : IntegrityLevel.Quick });
        var key = await AddAsync(cache);
        (await HitsAsync(cache, key)).Should().BeTrue();
        var manifest = Directory.EnumerateFiles(cache.Settings.SourcesDirectory, "manifest.json", SearchOption.AllDirectories).Single();
        File.SetLastWriteTimeUtc(manifest, Earlier.UtcDateTime);
        (await HitsAsync(cache, key)).Should().BeTrue("touching is no damage");
        (await HitsAsync(cache, key)).Should().BeTrue();

        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"sha256\"", "\"sha257\"", StringComparison.Ordinal));

        (await HitsAsync(cache, key)).Should().BeFalse();
        Directory.GetFileSystemEntries(Path.Combine(cache.Settings.SourcesDirectory, "quarantine")).Should().ContainSingle();
    }

    [Fact]
    public async Task Full_integrity_reads_a_manifest_that_looks_unchanged()
    {
        await using var cache = new TestCache(settings => settings with { Integrity = IntegrityLevel.Full });
        var key = await AddAsync(cache);
        (await HitsAsync(cache, key)).Should().BeTrue();
        var manifest = Directory.EnumerateFiles(cache.Settings.SourcesDirectory, "manifest.json", SearchOption.AllDirectories).Single();
        var time = File.GetLastWriteTimeUtc(manifest);
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"sha256\"", "\"sha257\"", StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(manifest, time);

        (await HitsAsync(cache, key)).Should().BeFalse();
    }

    private static FileFacts Stat(string path) => FileSystem.Current.Stat(path)!.Value;

    private static FileFacts Write(string path, string content, DateTimeOffset modified)
    {
        File.WriteAllText(path, content);
        File.SetLastWriteTimeUtc(path, modified.UtcDateTime);
        return Stat(path);
    }

    private static async Task<SourceKey> AddAsync(TestCache cache)
    {
        var path = cache.WorkPath("video.mp4");
        await File.WriteAllBytesAsync(path, Bytes.Random(10_000));
        var key = SourceKey.From(new DownloadRequest("https://videos.example/video.mp4", path));
        await using var added = await cache.Manager.Sources.AddAsync(key, path);
        added.Should().NotBeNull();
        return key;
    }

    private static async Task<bool> HitsAsync(TestCache cache, SourceKey key)
    {
        await using var lease = await cache.Manager.Sources.TryGetAsync(key);
        return lease is not null;
    }
}
