using SmartCache.Profiles;
using SmartCache.Storage;
using SmartCache.Tests.Support;
using SmartCache.Worker;

namespace SmartCache.Tests.Profiles;

/// <summary>Parts end: with the encode, whoever switched what off meanwhile, and after some attempts that got no further.</summary>
public class CheckpointEndsTests
{
    private const string One = "0123456789abcdef", Two = "fedcba9876543210";
    private static readonly int[] _all = [0, 1, 2, 3, 4, 5];

    private readonly PartsDisk _disk = new();

    [Fact]
    public async Task Parts_from_which_three_encodes_in_a_row_got_no_further_are_dropped()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 3);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            (await CancelledAsync(job, before: 3)).Encoded.Should().BeEmpty();
        }

        var retry = await CancelledAsync(job, before: 5);

        retry.Encoded.Should().Equal(_all[..5]);
        job.Cache.Log.Of(209).Should().ContainSingle().Which.Should().Contain("got no further");
    }

    [Fact]
    public async Task Parts_stay_however_often_an_encode_is_cancelled_that_gets_further()
    {
        await using var job = await CheckpointedJob.StartAsync();
        foreach (var last in _all)
        {
            await CancelledAsync(job, last);
            await CancelledAsync(job, last);
        }

        job.Parts.Should().HaveCount(5);
        job.Cache.Log.Of(209).Should().BeEmpty();
    }

    [Fact]
    public void Encode_that_replaces_a_part_gets_no_further_and_one_that_opens_twice_counts_once()
    {
        var contents = new PartsContents();
        foreach (var body in new[] { PartsContents.BeginEncode("1"), PartsContents.Begin(One, "x"), Part(One, 0), PartsContents.BeginEncode("2"), PartsContents.Begin("3", "x"), PartsContents.Begin(Two, "x"), Part(Two, 0) })
        {
            contents.Apply(body);
        }

        contents.Fruitless.Should().Be(1);
        contents.Apply(Part(Two, 1));
        contents.Fruitless.Should().Be(0);

        static string Part(string attempt, int start) => new KeptPart(attempt, 1, TimeSpan.FromSeconds(start), TimeSpan.FromSeconds(1)) { Sha256 = new string('a', 64) }.ToBody();
    }

    [Fact]
    public async Task Encode_that_only_makes_again_what_it_was_given_and_fails_drops_the_parts()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 3);
        var again = new SegmentEncoder
        {
            First = async request =>
            {
                await request.Checkpoint!.OpenAsync("segments/1");
                var path = job.Cache.WorkPath("again");
                await File.WriteAllBytesAsync(path, Bytes.Random(100));
                (await request.Checkpoint.RecordAsync(new EncodePartFile(path, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(2)))).Should().BeTrue();
                throw new StageException("died");
            },
        };

        await ((Func<Task>)(() => job.EncodeAsync(again))).Should().ThrowAsync<StageException>();

        job.Parts.Should().BeEmpty();
        job.Cache.Log.Of(211).Should().ContainSingle();
    }

    [Fact]
    public async Task Encode_without_a_checkpoint_leaves_no_parts_of_an_earlier_one()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 3);
        job.Cache.Settings = job.Cache.Settings with { Checkpoints = false };

        await job.EncodeAsync(new SegmentEncoder());

        Directory.GetFileSystemEntries(job.Partials).Should().BeEmpty();
    }

    [Fact]
    public async Task Refresh_that_cannot_delete_the_parts_before_it_encodes_does_so_afterwards()
    {
        await using var job = await StartAsync();
        await job.DieAsync(before: 3);
        _disk.BeforeRemoval = static () => throw new IOException("tired");

        await job.EncodeAsync(
            new SegmentEncoder
            {
                First = _ =>
                {
                    _disk.BeforeRemoval = null;
                    job.Parts.Should().HaveCount(3);
                    return Task.CompletedTask;
                },
            },
            CacheUse.Refresh);

        Directory.GetFileSystemEntries(job.Partials).Should().BeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Encode_that_returns_leaves_a_newer_versions_journal_alone(bool hasCheckpoint)
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 3);
        var newer = ChecksummedLine.Of("K 2 whatever it is");
        await File.WriteAllBytesAsync(job.Journal, newer);
        job.Cache.Settings = job.Cache.Settings with { Checkpoints = hasCheckpoint };

        await job.EncodeAsync(new SegmentEncoder());

        (await File.ReadAllBytesAsync(job.Journal)).Should().Equal(newer);
        job.Parts.Should().HaveCount(3);
    }

    [Fact]
    public async Task Opening_that_fails_is_no_part_that_is_refused()
    {
        await using var job = await StartAsync();
        var encoder = new SegmentEncoder
        {
            First = async request =>
            {
                _disk.BeforeAppend = static () => throw new IOException("tired");
                (await request.Checkpoint!.OpenAsync("segments/1")).Should().BeEmpty();
                _disk.BeforeAppend = null;
                job.Cache.Log.Of(212).Should().ContainSingle();
                job.Cache.Log.Of(210).Should().BeEmpty();
                await request.Checkpoint!.OpenAsync("segments/1");
                await request.Checkpoint.RecordAsync(new EncodePartFile(job.Cache.WorkPath("not there"), TimeSpan.Zero, TimeSpan.FromSeconds(1)));
            },
        };

        await job.EncodeAsync(encoder);

        job.Cache.Log.Of(210).Should().ContainSingle().Which.Should().Contain("not there");
    }

    [Fact]
    public async Task Parts_with_too_little_work_in_them_are_not_read()
    {
        var disk = new ReadParts();
        await using var job = await CheckpointedJob.StartAsync(new TestCache(CheckpointedJob.On, fileSystem: disk));
        job.Cache.Settings = job.Cache.Settings with { CheckpointsMinWork = TimeSpan.FromSeconds(31) };
        await job.DieAsync(before: 3);
        disk.Read = 0;

        (await job.DieAsync(before: 4)).Encoded.Should().Equal(_all[..4]);
        disk.Read.Should().Be(0);
        await job.DieAsync(before: 5);
        disk.Read.Should().Be(4);
    }

    [Theory]
    [InlineData("journal")]
    [InlineData("account")]
    [InlineData("begin")]
    public async Task Full_disk_refuses_parts_and_is_no_fault_for_which_entries_would_go(string at)
    {
        await using var job = await StartAsync();
        job.Cache.Put(Entries.Name, Bytes.Random(10_000));
        await job.Cache.Manager.CleanupAsync();
        var encoder = new SegmentEncoder { Before = (segment, _) => segment == 1 && at != "begin" ? Fill() : Task.CompletedTask };
        if (at == "begin")
        {
            await Fill();
        }

        encoder.Last = _ =>
        {
            (_disk.BeforeAppend, _disk.BeforeAccount) = (null, null);
            return Task.CompletedTask;
        };

        await job.EncodeAsync(encoder);

        encoder.Kept.Take(2).Should().Equal(at == "begin" ? [false, false] : [true, false]);
        job.Cache.Log.Of(400).Should().BeEmpty();
        job.Cache.Log.Of(809).Should().BeEmpty("that is what a round of eviction says");
        job.Cache.Names().Should().Contain(Entries.Name);

        Task Fill()
        {
            Action full = static () => throw new IOException("No space left on device", 28);
            _disk.BeforeAppend = at == "account" ? null : full;
            _disk.BeforeAccount = at == "account" ? full : null;
            return Task.CompletedTask;
        }
    }

    private static async Task<SegmentEncoder> CancelledAsync(CheckpointedJob job, int before)
    {
        using var stop = new CancellationTokenSource();
        var encoder = new SegmentEncoder
        {
            Before = async (segment, token) =>
            {
                if (segment == before)
                {
                    await stop.CancelAsync();
                    token.ThrowIfCancellationRequested();
                }
            },
        };
        await ((Func<Task>)(() => job.EncodeAsync(encoder, cancellationToken: stop.Token))).Should().ThrowAsync<OperationCanceledException>();
        return encoder;
    }

    private Task<CheckpointedJob> StartAsync() => CheckpointedJob.StartAsync(new TestCache(CheckpointedJob.On, fileSystem: _disk));

    private sealed class ReadParts : ForwardingFileSystem
    {
        public int Read { get; set; }

        public override Microsoft.Win32.SafeHandles.SafeFileHandle OpenRead(string path)
        {
            Read += path.EndsWith(".part", StringComparison.Ordinal) ? 1 : 0;
            return base.OpenRead(path);
        }
    }
}
