using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Tests.Support;
using SmartCache.Worker;

namespace SmartCache.Tests.Maintenance;

/// <summary>When parts go that nobody goes on with, and what never goes for a part.</summary>
public class IdlePartsTests
{
    private const long Large = 20_000_000;

    [Fact]
    public async Task Part_that_does_not_fit_is_refused_and_no_entry_goes_for_it()
    {
        await using var job = await CheckpointedJob.StartAsync(new TestCache(static settings => CheckpointedJob.On(settings) with { MaxSize = 1_000_000, MinFreeSpace = new FreeSpaceFloor(0, null) }));
        job.Cache.Put(Entries.Name, Bytes.Random(700_000));
        await job.Cache.Manager.CleanupAsync();

        var encoder = await job.DieAsync(before: 5, new SegmentEncoder { SegmentBytes = 60_000 });

        encoder.Kept.Should().StartWith([true]).And.EndWith([false]);
        job.Cache.Names().Should().Equal(Entries.Name);
        job.Cache.Log.Of(210).Should().ContainSingle().Which.Should().Contain("no room");
        (await job.Cache.Manager.GetStatisticsAsync()).Space!.UsedBytes.Should().BeLessThanOrEqualTo(1_000_000);
    }

    [Fact]
    public async Task Parts_do_not_fill_what_an_eviction_has_freed()
    {
        await using var job = await CheckpointedJob.StartAsync(new TestCache(static settings => CheckpointedJob.On(settings) with { MaxSize = 1_000_000, MinFreeSpace = new FreeSpaceFloor(0, null) }));
        job.Cache.Put(Entries.Name, Bytes.Random(600_000));
        await job.Cache.Manager.CleanupAsync();

        await job.DieAsync(before: 5, new SegmentEncoder { SegmentBytes = 100_000 });

        job.Parts.Should().HaveCount(2);
        (await job.Cache.Manager.GetStatisticsAsync()).Space!.UsedBytes.Should().BeLessThanOrEqualTo(900_000, "each commit would evict another tenth otherwise");
    }

    [Fact]
    public async Task Full_disk_takes_the_parts_of_encodes_that_have_ended_however_young_and_no_entry()
    {
        await using var job = await CheckpointedJob.StartAsync(new TestCache(static settings => CheckpointedJob.On(settings) with { MinFreeSpace = new FreeSpaceFloor(0, null) }));
        job.Cache.Put(Entries.Name, Bytes.Random(100_000));
        await job.DieAsync(before: 3);

        job.Cache.Manager.FullDisk.Look(new IOException("No space left on device", 28), job.Cache.Settings.Root);
        await job.Cache.Manager.FlushAsync();

        job.Cache.Log.Of(809).Should().ContainSingle();
        job.Parts.Should().BeEmpty();
        job.Cache.Names().Should().Contain(Entries.Name);
    }

    [Fact]
    public async Task Full_disk_takes_no_part_of_an_encode_that_is_under_way()
    {
        await using var job = await CheckpointedJob.StartAsync(new TestCache(static settings => CheckpointedJob.On(settings) with { MinFreeSpace = new FreeSpaceFloor(0, null) }));
        var left = 0;
        var encoder = new SegmentEncoder
        {
            Last = async _ =>
            {
                job.Cache.Manager.FullDisk.Look(new IOException("No space left on device", 28), job.Cache.Settings.Root);
                await job.Cache.Manager.FlushAsync();
                left = job.Parts.Length;
            },
        };

        await job.EncodeAsync(encoder);

        left.Should().Be(6);
    }

    [Fact]
    public async Task Part_is_refused_where_the_disk_has_only_its_floor_left()
    {
        var disk = new DiskOfSize(Large + 1_000, 100 * Large);
        await using var job = await CheckpointedJob.StartAsync(new TestCache(
            static settings => CheckpointedJob.On(settings) with { MinFreeSpace = new FreeSpaceFloor(Large, null), Materialize = MaterializeMode.Copy }, fileSystem: disk));
        job.Cache.Put(Entries.Name, Bytes.Random(10_000));

        var encoder = await job.DieAsync(before: 2);

        encoder.Kept.Should().Equal(false, false);
        job.Parts.Should().BeEmpty();
        job.Cache.Names().Should().Equal(Entries.Name);
    }

    [Fact]
    public async Task Parts_that_are_idle_for_an_hour_go_before_any_entry_and_younger_ones_stay()
    {
        await using var job = await CheckpointedJob.StartAsync(new TestCache(static settings => CheckpointedJob.On(settings) with { MaxSize = 1_000_000, MinFreeSpace = new FreeSpaceFloor(0, null) }));
        job.Cache.Put(Entries.Name, Bytes.Random(100_000));
        await job.DieAsync(before: 5, new SegmentEncoder { SegmentBytes = 100_000 });
        var idle = Path.GetDirectoryName(job.Journal)!;
        await DieOnAsync(job, TestJob.Profile with { VideoBitrate = "1k" });
        job.Parts.Should().HaveCount(6);
        File.SetLastWriteTimeUtc(Path.Combine(idle, "parts.journal"), DateTime.UtcNow.AddHours(-1.1));

        await new TestJob(job.Cache, new FakeDownloader(Bytes.Random(500_000))).DownloadAsync();

        Directory.Exists(idle).Should().BeFalse();
        job.Parts.Should().ContainSingle("somebody may go on with it");
        job.Cache.Names().Should().HaveCount(2).And.Contain(Entries.Name);
        job.Cache.Log.Of(501).Should().BeEmpty();
        job.Cache.Log.Of(509).Should().ContainSingle();
    }

    [Fact]
    public async Task Parts_age_as_partial_downloads_do()
    {
        var time = new DrivenTime();
        await using var job = await CheckpointedJob.StartAsync(new TestCache(CheckpointedJob.On, time: time));
        await job.DieAsync(before: 3);
        time.Advance(TimeSpan.FromHours(23));
        await job.Cache.Manager.CleanupAsync();
        job.Parts.Should().HaveCount(3);
        time.Advance(TimeSpan.FromHours(2));

        await job.Cache.Manager.CleanupAsync();

        Directory.GetFileSystemEntries(job.Partials).Should().BeEmpty();
        Directory.GetFiles(Path.Combine(job.Cache.Settings.ProfilesDirectory, "locks"), "make-*").Should().BeEmpty();
    }

    [Fact]
    public async Task Parts_whose_profile_is_encoded_just_now_stay_however_old_they_are()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 3);
        var left = 0;
        var retry = new SegmentEncoder
        {
            First = async request =>
            {
                await request.Checkpoint!.OpenAsync("segments/1");
                File.SetLastWriteTimeUtc(job.Journal, DateTime.UtcNow.AddDays(-30));
                await job.Cache.Manager.CleanupAsync();
                left = job.Parts.Length;
            },
        };

        await job.EncodeAsync(retry);

        left.Should().Be(3);
        retry.Encoded.Should().Equal(3, 4, 5);
    }

    [Fact]
    public async Task Parts_without_a_journal_go_by_the_time_of_their_directory()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 3);
        var place = Path.GetDirectoryName(job.Journal)!;
        File.Delete(job.Journal);
        Directory.SetLastWriteTimeUtc(place, DateTime.UtcNow.AddDays(-2));

        await job.Cache.Manager.CleanupAsync();

        Directory.Exists(place).Should().BeFalse();
    }

    [Theory]
    [InlineData("reject")]
    [InlineData("remove by source")]
    [InlineData("remove by scope")]
    [InlineData("clear")]
    [InlineData("quarantine")]
    public async Task Parts_go_with_their_source(string how)
    {
        await using var job = await CheckpointedJob.StartAsync();
        var stages = new TestJob(job.Cache, new FakeDownloader(Bytes.Random(20_000, 1)));
        var request = stages.Request() with { Scope = "tenant" };
        var video = await stages.DownloadAsync(request);
        await job.DieAsync(before: 3, isTransient: true);
        var hash = video.Media!.ContentHash;
        job.Parts.Should().HaveCount(3);
        var other = Directory.CreateDirectory(Path.Combine(job.Partials, new string('f', 32) + "_" + new string('f', 32))).FullName;

        switch (how)
        {
            case "reject":
                await job.Cache.Manager.RejectSourceAsync(video, "bad");
                break;
            case "remove by source":
                await job.Cache.Manager.RemoveBySourceAsync(hash);
                break;
            case "remove by scope":
                await job.Cache.Manager.RemoveByScopeAsync("tenant");
                break;
            case "clear":
                await job.Cache.Manager.ClearAsync();
                break;
            default:
                File.Delete(video.Path);
                Entries.FlipSilently(Directory.GetFiles(job.Cache.Layer().Entries.PathOf(hash[..32]), "source.*").Single());
                await job.Cache.Manager.VerifyAsync();
                await job.Cache.Manager.FlushAsync();
                job.Cache.Log.Of(410).Should().ContainSingle();
                break;
        }

        job.Parts.Should().BeEmpty();
        Directory.Exists(other).Should().Be(how != "clear", "another source's are its own");
        var retry = new SegmentEncoder();
        await job.EncodeAsync(retry);
        retry.Encoded.Should().HaveCount(6);
    }

    [Fact]
    public async Task Failing_encode_drops_an_unproven_source_and_what_was_made_of_it()
    {
        await using var job = await CheckpointedJob.StartAsync();
        var stages = new TestJob(job.Cache, new FakeDownloader(Bytes.Random(20_000, 1)));
        await stages.DownloadAsync();

        await job.DieAsync(before: 3);

        job.Cache.Log.Of(106).Should().ContainSingle();
        job.Parts.Should().BeEmpty("nobody has read whether its bytes were right");
    }

    [Fact]
    public async Task Part_that_cannot_be_deleted_keeps_no_other_one()
    {
        var disk = new StubbornPart();
        await using var job = await CheckpointedJob.StartAsync(new TestCache(CheckpointedJob.On, fileSystem: disk));
        await job.DieAsync(before: 3);
        await DieOnAsync(job, TestJob.Profile with { VideoBitrate = "1k" });
        disk.Stubborn = Directory.GetDirectories(job.Partials).Order(StringComparer.Ordinal).First();

        await job.Cache.Manager.RemoveBySourceAsync(Bytes.Sha256OfFile(job.Source.Path));

        Directory.GetDirectories(job.Partials).Should().Equal(disk.Stubborn);
        job.Cache.Log.Of(400).Should().ContainSingle();
    }

    private static async Task DieOnAsync(CheckpointedJob job, EncodingProfile profile)
    {
        var encoder = new SegmentEncoder { Before = static (segment, _) => segment == 1 ? throw new StageException("died") : Task.CompletedTask };
        await ((Func<Task>)(() => job.EncodeAsync(encoder, profile: profile))).Should().ThrowAsync<StageException>();
    }

    private sealed class StubbornPart : ForwardingFileSystem
    {
        public string? Stubborn { get; set; }

        public override void Delete(string path)
        {
            if (Stubborn is not null && path.StartsWith(Stubborn, StringComparison.Ordinal))
            {
                throw new IOException("stubborn");
            }

            base.Delete(path);
        }
    }
}
