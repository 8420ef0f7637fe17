using SmartCache.Tests.Support;

namespace SmartCache.Tests.Hostile;

/// <summary>A link in the place of a directory of the cache: the cache neither empties nor fills what it leads to, and jobs go on.</summary>
public class PlantedLinksTests
{
    [Theory]
    [InlineData("trash")]
    [InlineData("quarantine")]
    [InlineData("staging")]
    [InlineData("locks")]
    [InlineData("keys")]
    [InlineData("facts")]
    [InlineData("ahead")]
    [InlineData("partials")]
    public async Task Clean_up_deleted_what_a_link_in_the_place_of_a_directory_led_to(string name)
    {
        await using var cache = new TestCache(settings => settings with { UploadStateMaxAge = TimeSpan.FromMinutes(1), MaxAge = TimeSpan.FromMinutes(1) });
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        await job.DownloadAsync();
        var outside = Directory.CreateDirectory(cache.WorkPath("somebody else's")).FullName;
        var precious = Path.Combine(outside, "precious.json");
        await File.WriteAllTextAsync(precious, "precious");
        Directory.CreateDirectory(Path.Combine(outside, "0123456789abcdef0123456789abcdef"));
        File.SetLastWriteTimeUtc(precious, DateTime.UtcNow.AddYears(-1));
        var alike = Path.Combine(outside, "fedcba9876543210fedcba9876543210.json");
        File.Copy(precious, alike);
        File.SetLastWriteTimeUtc(alike, DateTime.UtcNow.AddYears(-1));
        var planted = Path.Combine(cache.Settings.SourcesDirectory, name);
        if (Directory.Exists(planted))
        {
            Directory.Move(planted, planted + ".away");
        }

        Directory.CreateSymbolicLink(planted, outside);
        cache.Settings = cache.Settings with { MaxSize = 1_000 };

        await cache.Manager.CleanupAsync();
        await cache.Manager.ClearAsync();
        var video = await job.DownloadAsync();

        video.Length.Should().Be(20_000);
        Directory.GetFileSystemEntries(outside).Should().HaveCount(3, "{0} leads elsewhere", name);
        (await File.ReadAllTextAsync(precious)).Should().Be("precious");
    }

    [Fact]
    public async Task Root_and_layers_may_be_links_to_where_the_room_is()
    {
        await using var elsewhere = new TestCache();
        await using var cache = new TestCache();
        Directory.CreateDirectory(cache.Settings.Root);
        Directory.CreateSymbolicLink(cache.Settings.SourcesDirectory, elsewhere.Work);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));

        await job.DownloadAsync();

        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Names_that_are_not_the_caches_kept_no_leftover_from_being_swept()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(1_000));
        var layer = cache.Layer().Directory;
        var tooLong = Directory.CreateDirectory(Path.Combine(layer.Staging, new string('x', 250)));
        File.CreateSymbolicLink(Path.Combine(layer.Locks, "entry-" + Entries.NameOf(1)), "/nowhere");
        await File.WriteAllTextAsync(Path.Combine(layer.Trash, Entries.Name + ".01234567.1"), "");
        var dead = Directory.CreateDirectory(Path.Combine(layer.Staging, "fedcba9876543210fedcba9876543210"));

        await cache.Manager.CleanupAsync();

        dead.Refresh();
        dead.Exists.Should().BeFalse();
        tooLong.Exists.Should().BeTrue("the cache gave nothing that name");
        Directory.GetFileSystemEntries(layer.Trash).Should().BeEmpty();
        cache.Log.Of(400).Should().ContainSingle("what cannot be swept is said").Which.Should().Contain("cannot be taken away");
    }

    [Fact]
    public async Task Whatever_a_dead_writer_left_in_staging_is_swept_and_nothing_that_it_leads_to()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(1_000));
        var outside = Directory.CreateDirectory(cache.WorkPath("somebody else's")).FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "precious"), "precious");
        foreach (var layer in new[] { cache.Layer().Directory, cache.ProfileLayer().Directory })
        {
            layer.EnsureOpen();
            var dead = Directory.CreateDirectory(Path.Combine(layer.Staging, "fedcba9876543210fedcba9876543210", "1")).FullName;
            Mount.Run("mkfifo", Path.Combine(dead, "fifo"));
            Directory.CreateSymbolicLink(Path.Combine(dead, "link"), outside);
            File.CreateSymbolicLink(Path.Combine(dead, "itself"), Path.Combine(dead, "itself"));
            await File.WriteAllBytesAsync(Path.Combine(dead, "empty"), []);
            using var giant = File.Create(Path.Combine(dead, "giant"));
            giant.SetLength(20L << 30);
            Directory.CreateSymbolicLink(Path.Combine(layer.Staging, "00112233445566778899aabbccddeeff"), outside);
        }

        await cache.Manager.CleanupAsync().Guarded();

        Directory.GetDirectories(cache.Layer().Directory.Staging, "fedcba*").Should().BeEmpty();
        Directory.GetDirectories(cache.ProfileLayer().Directory.Staging, "fedcba*").Should().BeEmpty();
        Directory.GetFileSystemEntries(cache.Layer().Directory.Trash).Should().BeEmpty();
        (await File.ReadAllTextAsync(Path.Combine(outside, "precious"))).Should().Be("precious");
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Theory]
    [InlineData("""{"version":1,"bytes":-9000000000,"count":null,"sinceCount":0}""", """{"version":1,"bytes":1,"writes":{}}""")]
    [InlineData("""{"version":1,"bytes":9223372036854775807,"count":null,"sinceCount":0}""", """{"version":1,"bytes":-9223372036854775808,"writes":{"1":-5}}""")]
    public async Task Damaged_account_hid_what_was_used(string account, string reservation)
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        await job.DownloadAsync();
        var quota = Path.Combine(cache.Settings.Root, "quota");
        // Of this start of the machine: another's would not be believed anyway.
        await File.WriteAllTextAsync(Path.Combine(quota, "account.json"), account.Replace("{", $"{{\"boot\":\"{SmartCache.Storage.Platform.FileSystem.Current.Boot}\",", StringComparison.Ordinal));
        await File.WriteAllTextAsync(Path.Combine(quota, "fedcba9876543210fedcba9876543210.json"), reservation);

        // The first finds what is wrong, the second counts.
        await cache.Manager.CleanupAsync();
        await cache.Manager.CleanupAsync();

        var space = (await cache.Manager.GetStatisticsAsync()).Space!;
        space.UsedBytes.Should().BeInRange(20_000, 1_000_000);
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task State_of_a_job_that_holds_a_null_kept_everything_from_expiring()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(1_000));
        cache.SetLastAccess(Entries.Name, TimeSpan.FromDays(30));
        await cache.Manager.ExpectRetryAsync("job", DateTimeOffset.UtcNow);
        var state = Directory.GetFiles(cache.Settings.UploadsDirectory, "*.json").Single();
        await File.WriteAllTextAsync(state, $$"""{"formatVersion":1,"jobId":"job","sourceHashes":[null],"profileHashes":[null],"profiles":{"a":null},"errors":[null],"lastActivity":"{{DateTimeOffset.UtcNow:O}}"}""");

        var report = await cache.Manager.CleanupAsync();

        report.ExpiredEntries.Should().Be(1);
        (await cache.Manager.Uploads.LoadAsync("job"))!.Errors.Should().BeEmpty();
        cache.Log.Of(400).Should().BeEmpty();
    }
}
