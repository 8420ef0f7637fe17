using System.Globalization;
using SmartCache.Abstractions;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;
using SmartCache.Worker;

namespace SmartCache.Tests.Profiles;

/// <summary>A host's own encoder goes on from the parts that its attempts before have left.</summary>
public class EncodeCheckpointTests
{
    private static readonly int[] _all = [0, 1, 2, 3, 4, 5];
    private static readonly string[] _ladder = ["a", "b"];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task Retry_after_an_exception_encodes_only_the_rest_and_makes_the_same_bytes(int diesBefore)
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(diesBefore);
        var retry = new SegmentEncoder();

        var encoded = await job.EncodeAsync(retry);

        retry.Encoded.Should().Equal(_all[diesBefore..]);
        encoded.Outcome.Should().Be(CacheOutcome.Miss);
        await EqualsAnUninterruptedOneAsync(job, encoded.Directory);
        job.Parts.Should().BeEmpty();
        (await job.EncodeAsync(new SegmentEncoder())).Outcome.Should().Be(CacheOutcome.Hit, "it is stored as any other");
    }

    [Fact]
    public async Task Retry_after_a_cancellation_and_an_exception_goes_on_from_both()
    {
        await using var job = await CheckpointedJob.StartAsync();
        using var stop = new CancellationTokenSource();
        var first = new SegmentEncoder { Before = (segment, token) => segment == 2 ? stop.CancelAsync().ContinueWith(_ => token.ThrowIfCancellationRequested(), TaskScheduler.Default) : Task.CompletedTask };
        await ((Func<Task>)(() => job.EncodeAsync(first, cancellationToken: stop.Token))).Should().ThrowAsync<OperationCanceledException>();
        (await job.DieAsync(before: 4)).Encoded.Should().Equal(2, 3);
        var retry = new SegmentEncoder();

        var encoded = await job.EncodeAsync(retry);

        retry.Encoded.Should().Equal(4, 5);
        await EqualsAnUninterruptedOneAsync(job, encoded.Directory);
    }

    [Fact]
    public async Task Encoder_that_was_cancelled_and_returns_normally_leaves_its_parts()
    {
        await using var job = await CheckpointedJob.StartAsync();
        using var stop = new CancellationTokenSource();
        var first = new SegmentEncoder { Last = _ => stop.CancelAsync() };

        await job.EncodeAsync(first, cancellationToken: stop.Token);

        job.Parts.Should().HaveCount(6);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_success_nothing_is_left_of_the_parts_and_the_commit_still_links(bool isLinked)
    {
        await using var job = await CheckpointedJob.StartAsync(new TestCache(settings => CheckpointedJob.On(settings) with { Materialize = isLinked ? MaterializeMode.HardLink : MaterializeMode.Copy }));
        await job.DieAsync(before: 2);
        job.Parts.Should().HaveCount(2).And.OnlyContain(path => (FileSystem.Current.Stat(path)!.Value.Links == 2) == isLinked);
        Directory.Delete(job.OutputOf(1), recursive: true);
        var retry = new SegmentEncoder { LinksParts = true };

        var encoded = await job.EncodeAsync(retry);

        retry.Kept.Should().HaveCount(4).And.OnlyContain(static kept => kept);
        Directory.GetFileSystemEntries(job.Partials).Should().BeEmpty();
        var entry = job.Cache.Entries("profiles").Single();
        _all.Select(SegmentEncoder.NameOf).Should().OnlyContain(name => AreOne(Path.Combine(entry, "files", name), Path.Combine(encoded.Directory, name)) == isLinked);
    }

    [Fact]
    public async Task Cost_of_the_entry_is_the_work_of_all_attempts()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 4, new SegmentEncoder { Seconds = 1000 });

        await job.EncodeAsync(new SegmentEncoder { Seconds = 1000 });

        var manifest = job.Cache.ProfileLayer().Index.Look(DateTimeOffset.UtcNow, Entries.Pulse).Listed.Single();
        manifest.CostSeconds.Should().BeInRange(4000, 4600, "four parts of a thousand seconds, and what the last attempt took");
        job.Cache.Log.Of(100).Last().Should().Contain("went on from 4 parts, 4000.0 s of work");
        job.Cache.Log.Of(208).Should().ContainSingle().Which.Should().Contain("4 parts").And.Contain("4000.0 s");
        (await job.Cache.Manager.GetStatisticsAsync()).Checkpoints.ReusedTime.Should().Be(TimeSpan.FromSeconds(4000));
    }

    [Fact]
    public async Task Part_that_says_nothing_of_its_work_took_what_passed_since_the_last_one()
    {
        var time = new DrivenTime();
        await using var job = await CheckpointedJob.StartAsync(new TestCache(CheckpointedJob.On, time: time));
        var first = new SegmentEncoder { Seconds = 0 };
        first.Before = (segment, _) =>
        {
            // Far below what an operation of the disk may take: one that a loaded machine has not finished yet is not given up.
            time.Advance(TimeSpan.FromSeconds(1));
            return segment == 3 ? throw new StageException("died") : Task.CompletedTask;
        };
        await ((Func<Task>)(() => job.EncodeAsync(first))).Should().ThrowAsync<StageException>();

        await job.EncodeAsync(new SegmentEncoder());

        job.Cache.Log.Of(208).Should().ContainSingle().Which.Should().Contain("3 parts").And.Contain("3.0 s");
    }

    [Fact]
    public async Task Statistics_show_what_unfinished_encodes_have_left()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 3);

        var statistics = await job.Cache.Manager.GetStatisticsAsync();

        statistics.Checkpoints.Profiles.Should().Be(1);
        statistics.Checkpoints.Parts.Should().Be(3);
        statistics.Checkpoints.Bytes.Should().BeGreaterThan(15_000);
        statistics.Space!.UsedBytes.Should().BeGreaterThan(statistics.Checkpoints.Bytes, "they count with all else");
    }

    [Fact]
    public async Task Parts_with_less_work_than_MinWork_are_not_given()
    {
        await using var job = await CheckpointedJob.StartAsync();
        job.Cache.Settings = job.Cache.Settings with { CheckpointsMinWork = TimeSpan.FromSeconds(31) };
        await job.DieAsync(before: 3);
        (await job.DieAsync(before: 4)).Encoded.Should().Equal(_all[..4], "three parts are 30 s");
        var retry = new SegmentEncoder();

        await job.EncodeAsync(retry);

        retry.Encoded.Should().Equal(4, 5);
    }

    [Fact]
    public async Task Parts_that_are_not_given_do_not_stand_beside_what_the_attempt_makes()
    {
        await using var job = await CheckpointedJob.StartAsync();
        job.Cache.Settings = job.Cache.Settings with { CheckpointsMinWork = TimeSpan.FromSeconds(31) };
        await job.DieAsync(before: 3);

        (await job.DieAsync(before: 1)).Encoded.Should().Equal(0);

        job.Parts.Should().ContainSingle("an encoder fits what it makes to what it was shown");
        job.Cache.Settings = job.Cache.Settings with { CheckpointsMinWork = TimeSpan.Zero };
        (await job.DieAsync(before: 5)).Encoded.Should().Equal(1, 2, 3, 4);
    }

    [Fact]
    public async Task Parts_of_another_layout_are_not_given_and_stay_for_the_attempt_that_asks_for_them()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 3);
        (await job.DieAsync(before: 2, new SegmentEncoder { Layout = "fallback/1" })).Encoded.Should().Equal(0, 1);
        job.Parts.Should().HaveCount(5);
        var retry = new SegmentEncoder();

        await job.EncodeAsync(retry);

        retry.Encoded.Should().Equal(3, 4, 5);
        job.Parts.Should().BeEmpty();
    }

    [Fact]
    public async Task Encoder_that_opens_another_layout_in_between_records_for_that_one()
    {
        await using var job = await CheckpointedJob.StartAsync();
        var first = new SegmentEncoder { Layout = "fallback/1" };
        first.First = async request =>
        {
            (await request.Checkpoint!.OpenAsync("fast/1")).Should().BeEmpty();
            var file = job.Cache.WorkPath("fast.ts");
            await File.WriteAllBytesAsync(file, Bytes.Random(100));
            (await request.Checkpoint.RecordAsync(new EncodePartFile(file, TimeSpan.Zero, TimeSpan.FromSeconds(1)))).Should().BeTrue();
        };
        await job.DieAsync(before: 2, first);
        IReadOnlyList<EncodePart> fast = [];
        var retry = new SegmentEncoder { Layout = "fallback/1", First = async request => fast = await request.Checkpoint!.OpenAsync("fast/1") };

        await job.EncodeAsync(retry);

        retry.Encoded.Should().Equal(2, 3, 4, 5);
        fast.Should().ContainSingle().Which.Length.Should().Be(100);
    }

    [Fact]
    public async Task Work_that_an_encode_finds_again_because_it_opens_twice_is_its_own_and_counts_once()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 1, new SegmentEncoder { Seconds = 1000 });
        IReadOnlyList<EncodePart> second = [];
        var retry = new SegmentEncoder { Seconds = 1000, Last = async request => second = await request.Checkpoint!.OpenAsync("segments/1") };

        await job.EncodeAsync(retry);

        second.Should().HaveCount(6);
        job.Cache.Log.Of(100).Last().Should().Contain("went on from 1 parts, 1000.0 s of work");
    }

    [Fact]
    public async Task What_is_given_is_in_order_and_as_it_was_recorded()
    {
        await using var job = await CheckpointedJob.StartAsync();
        var first = await job.DieAsync(before: 2);
        IReadOnlyList<EncodePart> given = [];

        await job.EncodeAsync(new SegmentEncoder { First = async request => given = await request.Checkpoint!.OpenAsync("segments/1") });

        given.Select(static part => part.Start.TotalSeconds).Should().Equal(0, 2);
        var second = given[1];
        second.Duration.Should().Be(TimeSpan.FromSeconds(2));
        second.Length.Should().Be(5_000);
        second.Sha256.Should().Be(Bytes.Sha256(first.Bytes(1)));
        second.Facts.Should().BeEquivalentTo(new Dictionary<string, string> { ["pictures"] = "48", ["a b"] = "ä=%" });
    }

    [Fact]
    public async Task What_is_forgotten_is_not_given_again_and_its_work_does_not_count()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 5, new SegmentEncoder { Seconds = 1000 });
        var second = new SegmentEncoder
        {
            First = async request =>
            {
                await request.Checkpoint!.OpenAsync("segments/1");
                await request.Checkpoint.ForgetAsync(TimeSpan.FromSeconds(3));
            },
            Before = static (_, _) => throw new StageException("died") { IsTransient = true },
        };
        await ((Func<Task>)(() => job.EncodeAsync(second))).Should().ThrowAsync<StageException>();
        job.Parts.Should().HaveCount(2);
        var retry = new SegmentEncoder();

        await job.EncodeAsync(retry);

        retry.Encoded.Should().Equal(2, 3, 4, 5);
        job.Cache.Log.Of(100).Last().Should().Contain("went on from 2 parts, 2000.0 s of work");
    }

    [Fact]
    public async Task Attempt_that_goes_on_from_parts_fails_and_gets_no_further_drops_them()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 3);
        (await job.DieAsync(before: 3)).Encoded.Should().BeEmpty();
        job.Cache.Log.Of(211).Should().ContainSingle();
        job.Parts.Should().BeEmpty();
        var retry = new SegmentEncoder();

        await job.EncodeAsync(retry);

        retry.Encoded.Should().Equal(_all);
    }

    [Fact]
    public async Task Attempt_that_goes_on_from_parts_and_meets_a_full_disk_keeps_them()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 3);

        // A round of eviction a moment ago: another one would take the parts before an entry.
        await File.WriteAllTextAsync(Path.Combine(job.Cache.Settings.SourcesDirectory, "locks", "relief"), "");
        await ((Func<Task>)(() => job.EncodeAsync(new SegmentEncoder { Before = static (_, _) => throw new IOException("no space", 28) }))).Should().ThrowAsync<IOException>();

        job.Parts.Should().HaveCount(3);
        job.Cache.Log.Of(211).Should().BeEmpty("it is not they that it failed with");
    }

    [Fact]
    public async Task Result_that_is_not_whole_leaves_no_parts_that_would_make_it_so_again()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 3);

        await job.EncodeAsync(new SegmentEncoder { Lacks = 1 });

        job.Cache.Log.Of(201).Should().ContainSingle();
        job.Parts.Should().BeEmpty();
    }

    [Fact]
    public async Task Failure_of_an_encode_that_went_on_from_parts_does_not_drop_an_unproven_source()
    {
        await using var job = await CheckpointedJob.StartAsync();
        var video = await new TestJob(job.Cache, new FakeDownloader(Bytes.Random(20_000, 1))).DownloadAsync();
        var encoder = new SegmentEncoder { Before = static (segment, _) => segment == 3 ? throw new StageException("died") { IsTransient = true } : Task.CompletedTask };
        Task Encode() => new CachingProfileEncoder(encoder, job.Cache.Manager).EncodeAsync(new EncodeRequest(video, TestJob.Profile, job.Cache.WorkPath("x")));
        await ((Func<Task>)Encode).Should().ThrowAsync<StageException>();
        encoder.Before = static (segment, _) => segment == 4 ? throw new StageException("died") : Task.CompletedTask;

        await ((Func<Task>)Encode).Should().ThrowAsync<StageException>();

        job.Cache.Log.Of(106).Should().BeEmpty("its parts may be to blame");
        encoder.Before = null;
        await Encode();
    }

    public static TheoryData<string> Refused => ["Off", "Observe", "Refresh", "NoStore", "Bypass", "no duration", "not cacheable", "profiles off"];

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Encoder_is_given_no_checkpoint_where_its_result_is_not_stored_or_nobody_wants_one(string why)
    {
        await using var job = await CheckpointedJob.StartAsync(new TestCache(settings => CheckpointedJob.On(settings) with
        {
            Checkpoints = why != "Off",
            ProfilesMode = why switch { "Observe" => LayerMode.Observe, "profiles off" => LayerMode.Off, _ => LayerMode.On },
        }));
        EncodeRequest? asked = null;
        var encoder = new SegmentEncoder
        {
            Version = why == "not cacheable" ? null : "1",
            SaysDuration = why != "no duration",
            First = request =>
            {
                asked = request;
                return Task.CompletedTask;
            },
        };

        await job.EncodeAsync(encoder, Enum.TryParse<CacheUse>(why, out var use) ? use : CacheUse.Use);

        asked!.Checkpoint.Should().BeNull();
        Directory.Exists(job.Partials).Should().BeFalse();
    }

    [Fact]
    public async Task Refresh_deletes_the_parts_before_it_encodes()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 3);
        var left = -1;

        await job.EncodeAsync(new SegmentEncoder { First = _ => Task.FromResult(left = job.Parts.Length) }, CacheUse.Refresh);

        left.Should().Be(0);
    }

    [Fact]
    public async Task Checkpoint_of_the_caller_is_left_as_it_is()
    {
        await using var job = await CheckpointedJob.StartAsync();
        var own = new NoCheckpoint();
        IEncodeCheckpoint? asked = null;
        var encoder = new SegmentEncoder { First = request => Task.FromResult(asked = request.Checkpoint) };

        await new CachingProfileEncoder(encoder, job.Cache.Manager).EncodeAsync(new EncodeRequest(job.Source, TestJob.Profile, job.Cache.WorkPath("a")) { Checkpoint = own });

        asked.Should().BeSameAs(own);
    }

    [Fact]
    public async Task Encode_in_the_directory_of_the_attempt_that_died_does_not_write_into_its_parts()
    {
        await using var job = await CheckpointedJob.StartAsync(new TestCache(settings => CheckpointedJob.On(settings) with { Materialize = MaterializeMode.HardLink }));
        var output = job.Cache.WorkPath("the same");
        var first = new SegmentEncoder { Before = static (segment, _) => segment == 3 ? throw new StageException("died") : Task.CompletedTask };
        await ((Func<Task>)(() => job.EncodeAsync(first, output: output))).Should().ThrowAsync<StageException>();
        var found = 0;
        var retry = new SegmentEncoder
        {
            // As an encoder does that begins anew in a directory: it truncates what it finds there.
            First = async request =>
            {
                found = Directory.GetFiles(output).Length;
                await File.WriteAllTextAsync(Path.Combine(output, SegmentEncoder.NameOf(1)), "half");
            },
        };

        var encoded = await job.EncodeAsync(retry, output: output);

        found.Should().Be(0, "what is a part too has lost its name there");
        retry.Encoded.Should().Equal(3, 4, 5);
        await EqualsAnUninterruptedOneAsync(job, encoded.Directory);
    }

    [Fact]
    public async Task File_that_has_another_name_too_is_copied_and_not_linked()
    {
        await using var job = await CheckpointedJob.StartAsync(new TestCache(settings => CheckpointedJob.On(settings) with { Materialize = MaterializeMode.HardLink }));
        var file = job.Cache.WorkPath("a.ts");
        await File.WriteAllBytesAsync(file, Bytes.Random(10));
        FileSystem.Current.TryLink(file, job.Cache.WorkPath("another job's")).Should().BeTrue();
        var isLinked = true;

        await job.EncodeAsync(new SegmentEncoder
        {
            First = async request =>
            {
                await request.Checkpoint!.OpenAsync("a");
                (await request.Checkpoint.RecordAsync(new EncodePartFile(file, TimeSpan.Zero, TimeSpan.FromSeconds(1)))).Should().BeTrue();
                isLinked = AreOne(file, job.Parts.Single());
            },
        });

        isLinked.Should().BeFalse();
    }

    [Fact]
    public async Task File_that_is_written_to_meanwhile_is_not_kept()
    {
        var disk = new ChangingFile();
        await using var job = await CheckpointedJob.StartAsync(new TestCache(CheckpointedJob.On, fileSystem: disk));
        var file = disk.Path = job.Cache.WorkPath("a.ts");
        await File.WriteAllBytesAsync(file, Bytes.Random(10));
        var kept = true;

        await job.EncodeAsync(new SegmentEncoder
        {
            First = async request =>
            {
                await request.Checkpoint!.OpenAsync("a");
                kept = await request.Checkpoint.RecordAsync(new EncodePartFile(file, TimeSpan.Zero, TimeSpan.FromSeconds(1)));
            },
        });

        kept.Should().BeFalse();
        job.Cache.Log.Of(210).Should().ContainSingle().Which.Should().Contain("the worker changed it");
        job.Cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Profile_of_a_ladder_whose_run_died_goes_on_by_itself_from_the_parts_of_the_run()
    {
        await using var job = await CheckpointedJob.StartAsync();
        var (inner, died) = (new SegmentEncoder(), false);
        inner.Before = (_, _) => !died && inner.Encoded.Count == 9 ? throw new StageException($"died {died = true}") : Task.CompletedTask;
        EncodeRequest[] requests = [.. _ladder.Select(name => new EncodeRequest(job.Source, new EncodingProfile(name) { VideoBitrate = name }, job.Cache.WorkPath(name)))];

        var encoded = await new CachingProfileEncoder(new SegmentLadder(inner), job.Cache.Manager).EncodeTogetherAsync(requests);
        await job.Cache.Manager.FlushAsync();

        inner.Encoded.Should().Equal([.. _all, .. _all]);
        inner.Kept.Should().HaveCount(12).And.OnlyContain(static kept => kept);
        encoded.Should().OnlyContain(static one => one.Outcome == CacheOutcome.Miss);
        job.Cache.Entries("profiles").Should().HaveCount(2);
        job.Parts.Should().BeEmpty();
    }

    [Fact]
    public async Task Run_of_several_profiles_that_was_cancelled_goes_on_with_each_from_its_own_parts()
    {
        await using var job = await CheckpointedJob.StartAsync();
        using var stop = new CancellationTokenSource();
        var (first, reached) = (new RunLadder(), 0);
        foreach (var (name, last) in new[] { ("a", 4), ("b", 2) })
        {
            first.Of(name).Before = async (segment, token) =>
            {
                if (segment == last)
                {
                    await (Interlocked.Increment(ref reached) == 2 ? stop.CancelAsync() : Task.Delay(Timeout.Infinite, token));
                    token.ThrowIfCancellationRequested();
                }
            };
        }

        await ((Func<Task>)(() => EncodeAsync(first, "first", stop.Token))).Should().ThrowAsync<OperationCanceledException>();
        job.Parts.Should().HaveCount(6);
        var retry = new RunLadder();

        var encoded = await EncodeAsync(retry, "retry", CancellationToken.None);

        retry.Runs.Should().Be(1);
        job.Cache.Log.Of(208).Should().Contain(static line => line.Contains("4 parts") && line.Contains("20.0 s"), "two were made in the time of each").And.HaveCount(2);
        retry.Of("a").Encoded.Should().Equal(4, 5);
        retry.Of("b").Encoded.Should().Equal(2, 3, 4, 5);
        encoded.Should().OnlyContain(static one => one.Outcome == CacheOutcome.Miss);
        job.Parts.Should().BeEmpty();
        job.Cache.Entries("profiles").Should().HaveCount(2);

        async Task<IReadOnlyList<EncodedProfile>> EncodeAsync(RunLadder ladder, string attempt, CancellationToken cancellationToken)
        {
            EncodeRequest[] requests = [.. _ladder.Select(name => new EncodeRequest(job.Source, new EncodingProfile(name) { VideoBitrate = name }, job.Cache.WorkPath($"{attempt}-{name}")))];
            try
            {
                return await new CachingProfileEncoder(ladder, job.Cache.Manager).EncodeTogetherAsync(requests, cancellationToken: cancellationToken);
            }
            finally
            {
                await job.Cache.Manager.FlushAsync(CancellationToken.None);
            }
        }
    }

    [Fact]
    public async Task Bad_calls_are_refused_and_nothing_throws()
    {
        await using var job = await CheckpointedJob.StartAsync();
        var file = job.Cache.WorkPath("a.ts");
        await File.WriteAllBytesAsync(file, Bytes.Random(10));
        var second = TimeSpan.FromSeconds(1);
        var kept = new List<bool>();
        IEncodeCheckpoint? late = null;
        var encoder = new SegmentEncoder
        {
            First = async request =>
            {
                var checkpoint = late = request.Checkpoint!;
                kept.Add(await checkpoint.RecordAsync(new EncodePartFile(file, TimeSpan.Zero, second)));
                await checkpoint.ForgetAsync(TimeSpan.Zero);
                (await checkpoint.OpenAsync(null!)).Should().BeEmpty();
                (await checkpoint.OpenAsync(new string('x', 1025))).Should().BeEmpty();
                kept.Add(await checkpoint.RecordAsync(new EncodePartFile(file, TimeSpan.Zero, second)));
                await checkpoint.OpenAsync("");
                kept.Add(await checkpoint.RecordAsync(null!));
                kept.Add(await checkpoint.RecordAsync(new EncodePartFile(null!, TimeSpan.Zero, second)));
                kept.Add(await checkpoint.RecordAsync(new EncodePartFile(job.Cache.WorkPath("not there"), TimeSpan.Zero, second)));
                kept.Add(await checkpoint.RecordAsync(new EncodePartFile(job.Cache.Work, TimeSpan.Zero, second)));
                kept.Add(await checkpoint.RecordAsync(new EncodePartFile(file, -second, second)));
                kept.Add(await checkpoint.RecordAsync(new EncodePartFile(file, second, TimeSpan.Zero)));
                kept.Add(await checkpoint.RecordAsync(new EncodePartFile(file, second, second) { Facts = new Dictionary<string, string> { ["a"] = new string('x', 4001) } }));
                await checkpoint.ForgetAsync(-second);
            },
        };

        await job.EncodeAsync(encoder);
        kept.Add(await late!.RecordAsync(new EncodePartFile(file, second, second)));
        (await late.OpenAsync("late")).Should().BeEmpty();

        kept.Should().HaveCount(10).And.OnlyContain(static one => !one);
        job.Cache.Log.Of(210).Should().ContainSingle("it is said once");
        job.Cache.Log.Of(400).Should().BeEmpty();
        job.Parts.Should().BeEmpty();
    }

    [Fact]
    public async Task Parts_that_are_recorded_at_once_by_many_threads_are_all_kept()
    {
        await using var job = await CheckpointedJob.StartAsync();
        var first = new SegmentEncoder
        {
            First = async request =>
            {
                await request.Checkpoint!.OpenAsync("farm/1");
                var kept = await Task.WhenAll(Enumerable.Range(0, 40).Select(number => Task.Run(async () =>
                {
                    var path = job.Cache.WorkPath(string.Create(CultureInfo.InvariantCulture, $"chunk-{number}"));
                    await File.WriteAllBytesAsync(path, Bytes.Random(1000 + number, number));
                    return await request.Checkpoint.RecordAsync(new EncodePartFile(path, TimeSpan.FromSeconds(number), TimeSpan.FromSeconds(1)));
                })));
                kept.Should().OnlyContain(static one => one);
                throw new StageException("died");
            },
        };
        await ((Func<Task>)(() => job.EncodeAsync(first))).Should().ThrowAsync<StageException>();
        IReadOnlyList<EncodePart> given = [];

        await job.EncodeAsync(new SegmentEncoder { First = async request => given = await request.Checkpoint!.OpenAsync("farm/1") });

        given.Select(static part => part.Length).Should().Equal(Enumerable.Range(0, 40).Select(static number => 1000L + number));
    }

    [Fact]
    public async Task Disk_that_hangs_costs_the_encode_one_wait_and_no_part_more()
    {
        using var disk = new HangingDisk();
        await using var job = await CheckpointedJob.StartAsync(new TestCache(settings => CheckpointedJob.On(settings) with { OperationTimeout = TimeSpan.FromMilliseconds(300) }, fileSystem: disk));
        var asked = 0;
        var encoder = new SegmentEncoder
        {
            Before = (segment, _) =>
            {
                if (segment == 2)
                {
                    disk.Hang();
                }

                asked = segment == 4 ? disk.Asked : asked;
                return Task.CompletedTask;
            },
            Last = _ =>
            {
                disk.Asked.Should().Be(asked, "whoever had no answer asks no more");
                disk.Answer();
                return Task.CompletedTask;
            },
        };

        var encoded = await job.EncodeAsync(encoder);

        encoder.Kept.Should().Equal(true, true, false, false, false, false);
        File.Exists(Path.Combine(encoded.Directory, "index.m3u8")).Should().BeTrue();
    }

    private static bool AreOne(string one, string other) => FileSystem.Current.Stat(one)!.Value.IsSameFileAs(FileSystem.Current.Stat(other)!.Value);

    private static async Task EqualsAnUninterruptedOneAsync(CheckpointedJob job, string directory)
    {
        await using var other = new TestCache();
        var whole = await new CachingProfileEncoder(new SegmentEncoder(), other.Manager).EncodeAsync(new EncodeRequest(job.Source, TestJob.Profile, other.WorkPath("whole")));
        TestJob.Tree(directory).Should().BeEquivalentTo(TestJob.Tree(whole.Directory));
    }

    /// <summary>Between the look at a file and its opening somebody writes to it.</summary>
    private sealed class ChangingFile : ForwardingFileSystem
    {
        public string? Path { get; set; }

        public override Microsoft.Win32.SafeHandles.SafeFileHandle OpenRead(string path)
        {
            if (path == Path)
            {
                File.AppendAllText(path, "more");
            }

            return base.OpenRead(path);
        }
    }

    /// <summary>One after the other, in one call.</summary>
    private sealed class SegmentLadder(SegmentEncoder inner) : ILadderEncoder
    {
        public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
            inner.DescribeAsync(source, profile, cancellationToken);

        public Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            inner.EncodeAsync(request, progress, cancellationToken);

        public async Task<IReadOnlyList<EncodedProfile>> EncodeTogetherAsync(
            IReadOnlyList<EncodeRequest> requests, Func<EncodeRequest, EncodedProfile, Task>? finished = null, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            var made = new List<EncodedProfile>();
            foreach (var request in requests)
            {
                made.Add(await inner.EncodeAsync(request, progress, cancellationToken));
                await (finished?.Invoke(request, made[^1]) ?? Task.CompletedTask);
            }

            return made;
        }
    }

    /// <summary>All at the same time, each with an encoder of its own.</summary>
    private sealed class RunLadder : ILadderEncoder
    {
        private readonly Dictionary<string, SegmentEncoder> _encoders = _ladder.ToDictionary(static name => name, static _ => new SegmentEncoder());

        public int Runs { get; private set; }

        public SegmentEncoder Of(string name) => _encoders[name];

        public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
            Of(profile.Name).DescribeAsync(source, profile, cancellationToken);

        public Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            Of(request.Profile.Name).EncodeAsync(request, progress, cancellationToken);

        public async Task<IReadOnlyList<EncodedProfile>> EncodeTogetherAsync(
            IReadOnlyList<EncodeRequest> requests, Func<EncodeRequest, EncodedProfile, Task>? finished = null, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            Runs++;
            return await Task.WhenAll(requests.Select(request => EncodeAsync(request, progress, cancellationToken)));
        }
    }

    private sealed class NoCheckpoint : IEncodeCheckpoint
    {
        public ValueTask<IReadOnlyList<EncodePart>> OpenAsync(string layout, CancellationToken cancellationToken = default) => ValueTask.FromResult<IReadOnlyList<EncodePart>>([]);

        public ValueTask<bool> RecordAsync(EncodePartFile part, CancellationToken cancellationToken = default) => ValueTask.FromResult(false);

        public ValueTask ForgetAsync(TimeSpan from, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
    }
}
