using SmartCache.Storage;
using SmartCache.Tests.Space;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;
using SmartCache.Uploads;

namespace SmartCache.Tests.Hostile;

/// <summary>One damaged place on the disk costs what lies there and nothing else.</summary>
public class DamagedPlaceTests
{
    private static readonly UploadTarget _first = new("first", "v1");
    private static readonly UploadTarget _second = new("second", "v1");

    [Theory]
    [InlineData("entry")]
    [InlineData("trash")]
    public async Task Entry_that_cannot_be_looked_at_ends_no_count_and_no_eviction(string what)
    {
        var disk = new DamagedPlace();
        await using var cache = new TestCache(fileSystem: disk);
        for (var i = 0; i < 4; i++)
        {
            cache.Put(Entries.NameOf(i), Bytes.Random(50_000, i));
        }

        disk.At = "/" + Entries.NameOf(0);
        if (what == "trash")
        {
            disk.At = "/trash/" + Entries.NameOf(9) + ".01234567.1";
            Directory.CreateDirectory(Path.Combine(cache.Layer().Directory.Trash, Path.GetFileName(disk.At)));
        }

        cache.SetLastAccess(Entries.NameOf(1), TimeSpan.FromDays(3));
        (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().Be(1);
        cache.Settings = cache.Settings with { MaxSize = 100_000 };
        await cache.Manager.CleanupAsync();

        cache.Names().Should().NotContain([Entries.NameOf(1), Entries.NameOf(2)]);
    }

    [Fact]
    public async Task Target_whose_records_cannot_be_read_hides_no_other()
    {
        var disk = new DamagedPlace { Error = static () => new UnauthorizedAccessException("not for you"), IsSeen = true };
        await using var layer = new UploadLayer(fileSystem: disk);
        var tree = layer.Tree("tree", ("a", "a"), ("b", "b"));
        await layer.RecordAllAsync("job", tree, _first);
        await layer.RecordAllAsync("job", layer.Tree("other", ("c", "c")), _second);
        disk.At = "/targets/" + TargetName.Of(_second).Short;

        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", tree)))
        {
            session.PreferredTarget.Should().Be(_first);
        }

        layer.ClosePart(_first);
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());
        layer.Log.Should().Contain(line => line.StartsWith("321 ", StringComparison.Ordinal), "the other one is sorted");
    }

    [Fact]
    public async Task Record_that_cannot_be_looked_at_keeps_no_other_from_expiring()
    {
        var disk = new DamagedPlace();
        await using var cache = new TestCache(fileSystem: disk);
        for (var i = 0; i < 3; i++)
        {
            await QuotaTests.DownloadAsync(cache, i, job: $"job-{i}");
        }

        var keys = Directory.GetFiles(Path.Combine(cache.Settings.Root, "sources", "keys"));
        var jobs = Directory.GetFiles(Path.Combine(cache.Settings.Root, "uploads"), "*.json", SearchOption.AllDirectories);
        var old = DateTime.UtcNow.AddDays(-400);
        foreach (var path in keys.Concat(jobs))
        {
            File.SetLastWriteTimeUtc(path, old);
        }

        disk.At = "/keys/" + Path.GetFileName(keys[0]);
        await cache.Manager.CleanupAsync();

        Directory.GetFiles(Path.Combine(cache.Settings.Root, "sources", "keys")).Should().Equal(keys[0]);
        cache.Log.Of(400).Should().ContainSingle();
    }

    [Fact]
    public async Task Job_that_cannot_be_looked_at_keeps_no_other_from_expiring()
    {
        var disk = new DamagedPlace();
        await using var layer = new UploadLayer(fileSystem: disk);
        foreach (var job in new[] { "one", "two", "three" })
        {
            await layer.Jobs.AttemptStartedAsync(job, new Dictionary<string, ProfileUploadState>(), default);
        }

        var files = Directory.GetFiles(layer.Current.UploadsDirectory, "*.json", SearchOption.AllDirectories);
        files.Should().HaveCount(3);
        disk.At = "/" + Path.GetFileName(files[0]);

        layer.Jobs.RemoveExpired(layer.Pulse, layer.Time.GetUtcNow().AddDays(400)).Should().Be(2);
    }

    [Fact]
    public async Task Entries_are_spared_by_their_last_use_where_it_is_not_known_which_jobs_need_them()
    {
        var disk = new DamagedPlace();
        await using var first = new TestCache();
        for (var i = 0; i < 3; i++)
        {
            await QuotaTests.DownloadAsync(first, i, length: 300_000, job: $"job-{i}");
        }

        disk.At = "/uploads";
        await using var cache = new TestCache(static settings => settings with { MaxSize = 1_100_000 }, root: first.Root, fileSystem: disk);
        await cache.Manager.CleanupAsync();
        await QuotaTests.DownloadAsync(cache, 9, length: 300_000);

        cache.Entries("sources").Should().HaveCount(3, "each may be an unfinished job's");
        cache.Log.Of(806).Concat(cache.Log.Of(807)).Should().BeEmpty("nobody knows which jobs need what");
    }

    [Fact]
    public async Task Note_beside_a_partial_lives_as_long_as_the_partial()
    {
        await using var cache = new TestCache();
        await QuotaTests.DownloadAsync(cache, 1);
        var partials = Directory.CreateDirectory(Path.Combine(cache.Settings.Root, "sources", "partials")).FullName;
        var (growing, idle) = (Path.Combine(partials, new string('a', 32)), Path.Combine(partials, new string('b', 32)));
        foreach (var path in new[] { growing, growing + ".json", idle, idle + ".json" })
        {
            await File.WriteAllTextAsync(path, "x");
            OwnNames.IsPartial(Path.GetFileName(path)).Should().BeTrue();
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddDays(-3));
        }

        File.SetLastWriteTimeUtc(growing, DateTime.UtcNow);
        await cache.Manager.CleanupAsync();

        Directory.GetFiles(partials).Should().BeEquivalentTo(growing, growing + ".json");
    }

    [Fact]
    public async Task Entry_that_cannot_be_looked_at_for_a_moment_is_listed_all_the_same()
    {
        var disk = ThatPasses(after: 1, static () => new IOException("Input/output error", 5));
        await using var cache = new TestCache(fileSystem: disk);
        cache.Put(Entries.Name, Bytes.Random(50_000));
        disk.At = Entries.Name;

        cache.Layer().Index.Read(DateTimeOffset.UtcNow, Entries.Pulse).Should().ContainSingle().Which.Bytes.Should().BeGreaterThan(50_000);
    }

    [Fact]
    public async Task Entry_that_cannot_be_read_is_measured_once_more_before_it_counts_as_nothing()
    {
        // The manifest, whether the entry is still there, and what lies in it.
        var disk = ThatPasses(after: 3, static () => new UnauthorizedAccessException("not for you"));
        await using var cache = new TestCache(fileSystem: disk);
        cache.Put(Entries.Name, Bytes.Random(50_000));
        disk.At = Entries.Name;

        var listing = cache.Layer().Index.Look(DateTimeOffset.UtcNow, Entries.Pulse);

        listing.Listed.Should().BeEmpty();
        listing.UnlistedBytes.Should().BeGreaterThan(50_000);
    }

    private static DamagedPlace ThatPasses(int after, Func<Exception> error)
    {
        DamagedPlace disk = null!;
        return disk = new DamagedPlace
        {
            Error = () =>
            {
                if (--after == 0)
                {
                    disk.At = null;
                }

                return error();
            },
        };
    }
}
