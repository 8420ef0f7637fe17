using Microsoft.Win32.SafeHandles;
using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Profiles;
using SmartCache.Space;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;
using SmartCache.Worker;

namespace SmartCache.Tests.Profiles;

/// <summary>A checkpoint whose disk fails, hangs or loses its power in the middle of a call: no wrong part afterwards, nothing left behind, and the encode does not wait for it.</summary>
public class CheckpointFaultTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly PartsDisk _disk = new();

    [Fact]
    public async Task After_a_forget_that_could_not_be_noted_nothing_is_kept_beside_what_did_not_fit()
    {
        await using var job = await StartAsync();
        await job.DieAsync(before: 4);
        var kept = true;
        var second = Dying(async request =>
        {
            await request.Checkpoint!.OpenAsync("segments/1");
            _disk.BeforeAppend = static () => throw new IOException("full", 28);
            await request.Checkpoint.ForgetAsync(TimeSpan.Zero);
            _disk.BeforeAppend = null;
            kept = await request.Checkpoint.RecordAsync(new EncodePartFile(await FileAsync(job), TimeSpan.Zero, _second));
        });
        await FailsAsync(job, second);
        var retry = new SegmentEncoder();

        var encoded = await job.EncodeAsync(retry);

        kept.Should().BeFalse("what was forgotten would stand beside it at the next attempt");
        job.Cache.Log.Of(212).Should().ContainSingle();
        retry.Encoded.Should().Equal(4, 5);
        (await File.ReadAllBytesAsync(Path.Combine(encoded.Directory, SegmentEncoder.NameOf(0)))).Should().Equal(retry.Bytes(0));
    }

    [Fact]
    public async Task What_is_forgotten_is_so_on_the_disk_before_its_files_go()
    {
        await using var job = await StartAsync();
        await job.DieAsync(before: 4);
        string[] said = [];

        await FailsAsync(job, Dying(async request =>
        {
            await request.Checkpoint!.OpenAsync("segments/1");
            _disk.Said.Clear();
            await request.Checkpoint.ForgetAsync(TimeSpan.FromSeconds(4));
            said = [.. _disk.Said];
        }));

        said.Should().HaveCount(3);
        said[0].Should().Be("flush parts.journal");
        said[1..].Should().OnlyContain(static what => what.StartsWith("delete ") && what.EndsWith(".part"));
    }

    [Fact]
    public async Task Bad_part_is_forgotten_on_the_disk_before_its_file_goes()
    {
        await using var job = await StartAsync();
        await job.DieAsync(before: 3);
        Entries.FlipSilently(job.Parts[1]);
        _disk.Said.Clear();

        await FailsAsync(job, Dying(async request => (await request.Checkpoint!.OpenAsync("segments/1")).Should().ContainSingle()));

        _disk.Said.First().Should().Be("flush parts.journal");
        _disk.Said.Skip(1).Should().HaveCount(2).And.OnlyContain(static what => what.EndsWith(".part"));
    }

    [Fact]
    public async Task Parts_that_are_taken_back_under_a_producer_are_void_on_the_disk_when_the_call_returns()
    {
        await using var job = await StartAsync();
        string[] said = [];

        await FailsAsync(job, Dying(async request =>
        {
            await request.Checkpoint!.OpenAsync("segments/1");
            await request.Checkpoint.RecordAsync(new EncodePartFile(await FileAsync(job), TimeSpan.Zero, _second));
            _disk.Said.Clear();
            await job.Cache.Manager.RemoveBySourceAsync(Bytes.Sha256OfFile(job.Source.Path));
            said = [.. _disk.Said];
        }));

        said.Should().Contain("flush parts.journal");
    }

    [Fact]
    public async Task Removal_also_flushes_where_the_parts_went_a_moment_ago()
    {
        await using var job = await StartAsync();
        await job.EncodeAsync(new SegmentEncoder());
        Directory.GetFileSystemEntries(job.Partials).Should().BeEmpty();
        _disk.Said.Clear();

        await job.Cache.Manager.RemoveBySourceAsync(Bytes.Sha256OfFile(job.Source.Path));

        _disk.Said.Should().Equal("flush partials");
    }

    [Fact]
    public async Task Refresh_has_the_parts_gone_on_the_disk_before_it_encodes()
    {
        await using var job = await StartAsync();
        await job.DieAsync(before: 3);
        _disk.Said.Clear();
        var said = "";

        await job.EncodeAsync(new SegmentEncoder { First = _ => Task.FromResult(said = _disk.Said.Last()) }, CacheUse.Refresh);

        said.Should().Be("flush partials");
    }

    [Fact]
    public async Task Forget_takes_away_no_part_that_another_thread_records()
    {
        await using var job = await StartAsync();
        var kept = false;

        await FailsAsync(job, Dying(async request =>
        {
            await request.Checkpoint!.OpenAsync("segments/1");
            await request.Checkpoint.RecordAsync(new EncodePartFile(await FileAsync(job), 10 * _second, _second));
            var other = await FileAsync(job);
            _disk.BeforeRemoval = () =>
            {
                _disk.BeforeRemoval = null;
                kept = request.Checkpoint.RecordAsync(new EncodePartFile(other, TimeSpan.Zero, _second)).AsTask().GetAwaiter().GetResult();
            };
            await request.Checkpoint.ForgetAsync(5 * _second);
        }));

        kept.Should().BeTrue();
        job.Parts.Should().ContainSingle();
        (await GivenAsync(job)).Should().ContainSingle().Which.Start.Should().Be(TimeSpan.Zero);
    }

    [Fact]
    public async Task Encode_whose_second_opening_failed_deletes_its_parts_all_the_same()
    {
        await using var job = await StartAsync();
        var opened = 1;

        await job.EncodeAsync(new SegmentEncoder
        {
            Last = async request =>
            {
                _disk.BeforeRemoval = static () => throw new IOException("tired");
                opened = (await request.Checkpoint!.OpenAsync("segments/1")).Count;
                _disk.BeforeRemoval = null;
            },
        });

        opened.Should().Be(0);
        Directory.GetFileSystemEntries(job.Partials).Should().BeEmpty();
    }

    [Fact]
    public async Task Encoder_that_opens_again_and_again_holds_one_journal_open()
    {
        await using var job = await StartAsync();
        var (given, open) = (0, 0);

        await job.EncodeAsync(new SegmentEncoder
        {
            Last = async request =>
            {
                for (var i = 0; i < 10; i++)
                {
                    given = (await request.Checkpoint!.OpenAsync("segments/1")).Count;
                }

                open = Directory.GetFiles("/proc/self/fd").Count(path => new FileInfo(path).LinkTarget?.StartsWith(job.Partials, StringComparison.Ordinal) == true);
            },
        });

        given.Should().Be(6);
        open.Should().Be(1);
        Directory.GetFileSystemEntries(job.Partials).Should().BeEmpty();
    }

    [Fact]
    public async Task Journal_that_cannot_be_looked_at_is_closed_again()
    {
        await using var job = await StartAsync();
        SafeFileHandle? journal = null;

        await job.EncodeAsync(new SegmentEncoder
        {
            First = async request =>
            {
                _disk.BeforeFacts = handle =>
                {
                    journal = handle;
                    throw new IOException("tired");
                };
                (await request.Checkpoint!.OpenAsync("segments/1")).Should().BeEmpty();
                _disk.BeforeFacts = null;
            },
        });

        journal!.IsClosed.Should().BeTrue();
    }

    [Theory]
    [InlineData(1e300)]
    [InlineData(1e13)]
    public async Task Absurd_work_of_a_part_fails_no_encode(double seconds)
    {
        await using var job = await StartAsync();
        await job.DieAsync(before: 3, new SegmentEncoder { Seconds = seconds });
        var retry = new SegmentEncoder();

        var encoded = await job.EncodeAsync(retry);

        retry.Encoded.Should().Equal(3, 4, 5);
        encoded.Outcome.Should().Be(CacheOutcome.Miss);
    }

    [Fact]
    public async Task Account_that_makes_each_part_wait_is_not_asked_for_the_whole_encode()
    {
        var time = new DrivenTime();
        await using var job = await StartAsync(time: time);
        var asked = 0;
        var encoder = new SegmentEncoder { Segments = 12, Last = _ => Task.FromResult(_disk.BeforeAccount = null) };
        encoder.Before = (segment, _) =>
        {
            if (segment == 2)
            {
                // As long as somebody who was stopped holds its lock.
                _disk.BeforeAccount = () =>
                {
                    asked++;
                    time.Advance(TimeSpan.FromSeconds(6));
                    throw new IOException("locked by somebody else");
                };
            }

            return Task.CompletedTask;
        };

        await job.EncodeAsync(encoder);

        encoder.Kept.Take(3).Should().Equal(true, true, false);
        asked.Should().Be(2, "what was lost by then is more than one wait for the disk");
    }

    [Fact]
    public async Task First_count_of_the_cache_is_waited_for_once()
    {
        var time = new DrivenTime();
        await using var job = await StartAsync(time: time);
        using var meter = new CacheMeter();
        var (layer, parts) = (job.Cache.ProfileLayer(), job.Cache.Manager.ProfileStore.Parts);
        var account = job.Cache.Manager.AccountDirectory;
        var boundary = new CacheBoundary(account, job.Cache.Manager.Settings, new FaultLog(job.Cache.Log, meter, time), time);
        var room = new SlowCount();
        using var space = new SpaceKeeper(new SpaceLedger(account, job.Cache.Manager.Settings, new PartialsUsage(FileSystem.Current, TimeProvider.System, [])), boundary, room, job.Cache.Log);
        var key = ProfileKey.From(new SourceMedia { ContentHash = new string('a', 64), Length = 1 }, new EncodeRecipe { Arguments = ["-a"], EncoderVersion = "1" });
        var checkpoint = new EncodeCheckpoint(new ProfileStore(layer, space, parts), key, "720p", null);
        await checkpoint.OpenAsync("a");
        var file = new EncodePartFile(await FileAsync(job), TimeSpan.Zero, _second);
        var first = checkpoint.RecordAsync(file).AsTask();
        while (!first.IsCompleted)
        {
            // In small steps: an operation that is under way must not look as if it hung.
            await Task.WhenAny(first, time.WaiterAsync(job.Cache.Settings.OperationTimeout));
            time.Advance(TimeSpan.FromMilliseconds(100));
        }

        (await first).Should().BeFalse();
        var second = checkpoint.RecordAsync(file).AsTask();
        try
        {
            (await second.WaitAsync(TimeSpan.FromMinutes(1))).Should().BeFalse("nobody moves the clock any more");
        }
        finally
        {
            room.Done.SetResult();
            await second;
            await checkpoint.EndAsync(deletes: true);
        }
    }

    [Fact]
    public async Task End_of_an_encode_that_was_given_up_deletes_nothing_when_the_disk_comes_back()
    {
        using var answer = new ManualResetEventSlim();
        await using var job = await StartAsync();
        var encoder = new SegmentEncoder
        {
            Last = _ =>
            {
                Hurry(job);
                _disk.BeforeLook = () => answer.Wait();
                return Task.CompletedTask;
            },
        };
        await job.EncodeAsync(encoder);
        _disk.BeforeLook = null;

        answer.Set();

        SpinWait.SpinUntil(() => !job.Cache.ProfileLayer().Boundary.Hangs, HangGuard.Limit).Should().BeTrue();
        File.Exists(job.Journal).Should().BeTrue("by now somebody else may have the lock and go on from them");
        job.Parts.Should().HaveCount(6);
    }

    [Fact]
    public async Task End_of_an_encode_does_not_wait_once_more_for_a_disk_that_hangs()
    {
        using var answer = new ManualResetEventSlim();
        await using var job = await StartAsync(static settings => settings with { Materialize = MaterializeMode.HardLink });
        var asked = 0;
        var encoder = new SegmentEncoder { Before = (segment, _) => segment == 3 ? throw new StageException("died") : Task.CompletedTask };
        encoder.First = async request =>
        {
            await request.Checkpoint!.OpenAsync("segments/1");
            var file = await FileAsync(job);
            Hurry(job);
            _disk.AroundLink = link =>
            {
                answer.Wait();
                return link();
            };
            (await request.Checkpoint.RecordAsync(new EncodePartFile(file, TimeSpan.Zero, _second))).Should().BeFalse();
            _disk.BeforeLook = () => Interlocked.Increment(ref asked);
        };

        await FailsAsync(job, encoder);

        asked.Should().Be(0);
        _disk.BeforeLook = null;
        answer.Set();
        SpinWait.SpinUntil(() => !job.Cache.ProfileLayer().Boundary.Hangs, HangGuard.Limit).Should().BeTrue();
    }

    [Fact]
    public async Task Record_that_the_encoder_did_not_wait_for_leaves_no_directory()
    {
        using var entered = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        using var linked = new ManualResetEventSlim();
        using var ended = new ManualResetEventSlim();
        await using var job = await StartAsync(static settings => settings with { Materialize = MaterializeMode.HardLink, OperationTimeout = HangGuard.Limit });
        Task<bool>? late = null;
        _disk.BeforeDirectoryGoes = () =>
        {
            _disk.BeforeDirectoryGoes = null;
            go.Set();
            linked.Wait();
        };

        await job.EncodeAsync(new SegmentEncoder
        {
            Last = async request =>
            {
                var file = await FileAsync(job);
                _disk.AroundLink = link =>
                {
                    entered.Set();
                    go.Wait();
                    var made = link();
                    linked.Set();
                    ended.Wait();
                    return made;
                };
                late = Task.Run(() => request.Checkpoint!.RecordAsync(new EncodePartFile(file, TimeSpan.FromMinutes(1), _second)).AsTask());
                entered.Wait();
                _disk.AroundLink = null;
            },
        });
        ended.Set();

        (await late!.Guarded()).Should().BeFalse();
        Directory.GetFileSystemEntries(job.Partials).Should().BeEmpty();
        job.Cache.Log.Of(400).Should().BeEmpty();
    }

    // Only once a disk is to hang: on a busy machine one that answers takes longer too.
    private static void Hurry(CheckpointedJob job) => job.Cache.Settings = job.Cache.Settings with { OperationTimeout = TimeSpan.FromSeconds(1) };

    private static async Task<string> FileAsync(CheckpointedJob job)
    {
        var path = job.Cache.WorkPath(Guid.NewGuid().ToString("N"));
        await File.WriteAllBytesAsync(path, Bytes.Random(1_000));
        return path;
    }

    private static SegmentEncoder Dying(Func<EncodeRequest, Task> after) => new()
    {
        First = async request =>
        {
            await after(request);
            throw new StageException("died") { IsTransient = true };
        },
    };

    private static async Task FailsAsync(CheckpointedJob job, SegmentEncoder encoder) =>
        await ((Func<Task>)(() => job.EncodeAsync(encoder))).Should().ThrowAsync<StageException>();

    private static async Task<IReadOnlyList<EncodePart>> GivenAsync(CheckpointedJob job)
    {
        IReadOnlyList<EncodePart> given = [];
        await FailsAsync(job, Dying(async request => given = await request.Checkpoint!.OpenAsync("segments/1")));
        return given;
    }

    private Task<CheckpointedJob> StartAsync(Func<CacheSettings, CacheSettings>? configure = null, TimeProvider? time = null) =>
        CheckpointedJob.StartAsync(new TestCache(settings => (configure ?? (static same => same))(CheckpointedJob.On(settings)), fileSystem: _disk, time: time));

    private sealed class SlowCount : IRoom
    {
        public JobNeeds? Needs => null;

        public TaskCompletionSource Done { get; } = new();

        public ValueTask<SpaceRefusal> MakeAsync(SpaceRequest request, CancellationToken cancellationToken) => new(SpaceRefusal.Busy);

        public ValueTask LearnNeedsAsync(CancellationToken cancellationToken) => CountOnceAsync(cancellationToken);

        public ValueTask CountAsync(CancellationToken cancellationToken) => CountOnceAsync(cancellationToken);

        public async ValueTask CountOnceAsync(CancellationToken cancellationToken) => await Done.Task;
    }
}
