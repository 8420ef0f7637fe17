using System.Text.Json;
using SmartCache.History;
using SmartCache.Maintenance;
using SmartCache.Space;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;
using SmartCache.Uploads;

namespace SmartCache.Tests.Storage;

/// <summary>What was written in format 1 is read for ever. Where one of these fails, it is the reader that is wrong, and never the fixture.</summary>
public class FormatFixtureTests
{
    [Fact]
    public async Task Source_of_format_1_is_a_hit_with_its_facts()
    {
        await using var fixture = FormatFixture.Open();
        var cache = fixture.Cache;
        var downloader = new FakeDownloader([]);
        var job = new TestJob(cache, downloader);
        var request = FormatFixture.Request(cache.WorkPath("again.mp4"));

        var video = await job.DownloadAsync(request);

        video.Outcome.Should().Be(CacheOutcome.Hit);
        (await File.ReadAllBytesAsync(request.DestinationPath)).Should().Equal(FormatFixture.Video);
        video.Media!.Facts[MediaFacts.Duration].Should().Be("8");
        downloader.Calls.Should().Be(0);
        cache.Manager.SourceStore.Catalog.Facts(video.Media.ContentHash)!.Proven.Should().BeTrue();
    }

    [Fact]
    public async Task Profile_of_format_1_is_a_hit_with_its_properties()
    {
        await using var fixture = FormatFixture.Open();
        var cache = fixture.Cache;
        var job = new TestJob(cache, new FakeDownloader([]), FormatFixture.Encoder());
        var video = await job.DownloadAsync(FormatFixture.Request(cache.WorkPath("again.mp4")));

        var profile = await job.EncodeAsync(video, FormatFixture.Profile);

        profile.Outcome.Should().Be(CacheOutcome.Hit);
        job.InnerEncoder.Calls.Should().Be(0);
        profile.Properties["width"].Should().Be("320");
        profile.ActualEncoder.Should().Be("fake");
        (await File.ReadAllTextAsync(Path.Combine(profile.Directory, "seg_00001.ts"))).Should().Be("pictures of seg_00001.ts\n");
    }

    [Fact]
    public async Task Confirmations_of_format_1_count_in_a_sorted_part_and_in_an_open_one()
    {
        await using var fixture = FormatFixture.Open();
        var cache = fixture.Cache;
        var job = new TestJob(cache, new FakeDownloader([]), FormatFixture.Encoder());
        var profile = await job.EncodeAsync(await job.DownloadAsync(FormatFixture.Request(cache.WorkPath("again.mp4"))), FormatFixture.Profile);

        await using var session = await cache.Manager.Uploads.OpenAsync(new UploadRequest("another job", profile.Directory) { Profiles = [profile], Target = FormatFixture.Target });

        var checkpoint = session.For(FormatFixture.Target);
        session.Files.Select(file => checkpoint.TryGetCid(file, out var cid) ? cid : null)
            .Should().Equal(FormatFixture.CidOf(session.Files[0]), null, FormatFixture.CidOf(session.Files[2]));
        var parts = JournalFiles.PartsOf(cache.Manager.UploadStore.Layer, TargetName.Of(FormatFixture.Target).Short);
        parts.Should().HaveCount(2);
        IsSorted(cache, parts[0]).Should().BeTrue();
        IsSorted(cache, parts[1]).Should().BeFalse();
    }

    [Fact]
    public async Task Job_of_format_1_is_found()
    {
        await using var fixture = FormatFixture.Open();
        var cache = fixture.Cache;

        var state = await cache.Manager.Uploads.LoadAsync(FormatFixture.Job);

        state!.RootCid.Should().Be("bafyroot");
        state.SourceContentHash.Should().Be(Bytes.Sha256(FormatFixture.Video));
        state.ProfileEntries.Should().ContainSingle();
        state.Profiles["720p"].TotalFiles.Should().Be(3);
        state.Attempts.Should().Be(2);
        state.Errors.Should().ContainSingle();
    }

    [Fact]
    public async Task Account_and_snapshots_of_format_1_are_read()
    {
        await using var fixture = FormatFixture.Open();
        var cache = fixture.Cache;
        var layer = cache.Layer().Directory;

        cache.Manager.AccountDirectory.EnsureOpen();
        var account = JsonDocument.Parse(File.ReadAllText(Path.Combine(cache.CacheRoot(), "quota", "account.json"))).RootElement.GetProperty("bytes").GetInt64();

        new SpaceLedger(cache.Manager.AccountDirectory, cache.Manager.Settings, new PartialsUsage(FileSystem.Current, TimeProvider.System, [])).Usage(Entries.Pulse).Counted
            .Should().Be(FileSystem.Current.Boot is null ? account : null, "an account that does not say of which start of the machine it is cannot be believed");
        IndexSnapshot.Read(layer, Entries.Pulse).Entries.Should().HaveCount(2);
        VerificationState.Read(layer)!.Cursor.Should().Be(ContentName.Of(Bytes.Sha256(FormatFixture.Video)));
        new Tombstones(cache.Manager.AccountDirectory).Take("sources", FormatFixture.Evicted.Entry, Entries.Pulse).Should().Be(FormatFixture.Evicted);
    }

    [Fact]
    public async Task Condemned_entry_of_format_1_is_not_given_out_and_goes()
    {
        await using var fixture = FormatFixture.Open();
        var cache = fixture.Cache;
        var name = ContentName.Of(Bytes.Sha256(FormatFixture.Condemned));
        cache.Layer().Directory.EnsureOpen();
        cache.Layer().Entries.IsCondemned(name).Should().BeTrue();

        cache.TryLease(name, out _).Should().BeNull();

        cache.Layer().Entries.Exists(name).Should().BeFalse();
    }

    [Fact]
    public async Task History_of_format_1_is_read_and_goes_on_in_its_file()
    {
        await using var fixture = FormatFixture.Open();
        var cache = fixture.Cache;
        var folder = Path.Combine(cache.CacheRoot(), "history");
        var before = HistoryReader.Read(FileSystem.Current, folder).ToList();
        before.Select(static e => e.Kind).Should().Contain([HistoryEventKind.Requested, HistoryEventKind.Used, HistoryEventKind.Stored, HistoryEventKind.JobStarted, HistoryEventKind.CleanedUp, HistoryEventKind.Removed]);
        var stored = before.First(static e => e is { Kind: HistoryEventKind.Stored, Layer: "profiles" });
        (stored.Profile, stored.Job, stored.Entry).Should().Be((FormatFixture.Profile.Name, "6e64dc290bb3eb3f", Path.GetFileName(cache.Entries("profiles").Single())));

        await new TestJob(cache, new FakeDownloader([])).DownloadAsync(FormatFixture.Request(cache.WorkPath("again.mp4")));
        await cache.Manager.FlushAsync();

        var after = HistoryReader.Read(FileSystem.Current, folder).ToList();
        after.Take(before.Count).Should().Equal(before);
        after.Skip(before.Count).Should().Contain(static e => e.Outcome == CacheOutcome.Hit && e.Layer == "sources");
        Directory.GetFiles(folder).Should().ContainSingle();
    }

    /// <summary>Made by hand, for a new version of the format: never over a fixture that is there, whatever variable is set for snapshots.</summary>
    [Fact]
    public async Task Fixture_of_a_new_version_is_made_where_a_directory_is_named_for_it()
    {
        var named = Environment.GetEnvironmentVariable("SMARTCACHE_MAKE_FORMAT");
        var directory = named ?? Path.Combine(Directory.CreateTempSubdirectory("smartcache-format-").FullName, "made");
        Directory.Exists(directory).Should().BeFalse("what was made once stays as it is");
        try
        {
            await FormatFixture.MakeAsync(directory);

            Directory.GetFiles(directory, "*.journal", SearchOption.AllDirectories).Should().HaveCount(2);
        }
        finally
        {
            if (named is null)
            {
                Directory.Delete(Path.GetDirectoryName(directory)!, recursive: true);
            }
        }
    }

    private static bool IsSorted(TestCache cache, JournalPart part)
    {
        var layer = cache.Manager.UploadStore.Layer;
        var name = TargetName.Of(FormatFixture.Target).Short;
        using var handle = FileSystem.Current.OpenRead(JournalFiles.PathOf(layer, name, part));
        return PartHeader.Read(handle, name, null, Entries.Pulse).IsSorted;
    }
}
