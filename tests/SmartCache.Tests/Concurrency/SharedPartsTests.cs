using SmartCache.Configuration;
using SmartCache.Storage;
using SmartCache.Tests.Support;
using SmartCache.Worker;

namespace SmartCache.Tests.Concurrency;

/// <summary>Parts and more than one worker: who goes on from them, and who has no say any more.</summary>
public class SharedPartsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task Waiter_goes_on_from_the_last_part_of_a_worker_that_is_killed(int killedBefore)
    {
        await using var job = await CheckpointedJob.StartAsync();
        using var worker = new WorkerProcess("segments", job.Cache.Settings.Root, job.Cache.Work, job.Source.Path, $"{killedBefore}");
        await worker.WaitForLineAsync("hanging");
        var inner = new SegmentEncoder();
        var waiter = new ProgressSignal("waiting");
        var next = new CachingProfileEncoder(inner, job.Cache.Manager).EncodeAsync(new EncodeRequest(job.Source, SameWork.Profile, job.Cache.WorkPath("b")), waiter);
        await waiter.Seen;
        inner.Encoded.Should().BeEmpty();

        worker.Kill();

        var encoded = await next.Guarded();
        await job.Cache.Manager.FlushAsync();
        encoded.Outcome.Should().Be(CacheOutcome.Miss);
        inner.Encoded.Should().Equal(Enumerable.Range(killedBefore, 6 - killedBefore));
        foreach (var segment in Enumerable.Range(0, 6))
        {
            (await File.ReadAllBytesAsync(Path.Combine(encoded.Directory, SegmentEncoder.NameOf(segment)))).Should().Equal(inner.Bytes(segment));
        }

        job.Parts.Should().BeEmpty();
        job.Cache.Entries("profiles").Should().ContainSingle();
    }

    [Fact]
    public async Task Worker_that_works_without_the_lock_is_given_no_checkpoint()
    {
        var settings = (CacheSettings settings) => CheckpointedJob.On(settings) with { LockTimeout = TimeSpan.FromMilliseconds(200) };
        await using var job = await CheckpointedJob.StartAsync(new TestCache(settings));
        var release = new TaskCompletionSource();
        var entered = new TaskCompletionSource();
        var first = job.EncodeAsync(new SegmentEncoder
        {
            Before = (segment, _) =>
            {
                entered.TrySetResult();
                return segment == 2 ? release.Task : Task.CompletedTask;
            },
        });
        await entered.Task.Guarded();
        IEncodeCheckpoint? asked = null;

        // Its clock stands, and so does the other's life: what the other shows ends with its last report.
        var second = await job.EncodeAsync(new SegmentEncoder { First = request => Task.FromResult(asked = request.Checkpoint) }).Guarded();

        asked.Should().BeNull();
        second.Outcome.Should().Be(CacheOutcome.Miss);
        release.SetResult();
        await first.Guarded();
    }

    [Fact]
    public async Task Producer_that_has_lost_its_lock_records_nothing_and_deletes_nothing()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await using var other = new TestCache(CheckpointedJob.On, root: job.Cache.Root);
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var paused = new SegmentEncoder { Before = (segment, _) => segment == 2 ? Pause(entered, release) : Task.CompletedTask };
        var first = job.EncodeAsync(paused);
        await entered.Task.Guarded();

        // As on a file system that takes the locks of a machine that it does not hear of.
        foreach (var path in Directory.GetFiles(Path.Combine(job.Cache.Settings.ProfilesDirectory, "locks"), "make-*"))
        {
            File.Delete(path);
        }

        var (entered2, release2) = (new TaskCompletionSource(), new TaskCompletionSource());
        var heir = new SegmentEncoder { Before = (segment, _) => segment == 3 ? Pause(entered2, release2) : Task.CompletedTask };
        var second = new CachingProfileEncoder(heir, other.Manager).EncodeAsync(new EncodeRequest(job.Source, TestJob.Profile, job.Cache.WorkPath("heir")));
        await entered2.Task.Guarded();
        heir.Encoded.Should().Equal([2], "two parts were there");
        release.SetResult();
        await first.Guarded();

        paused.Kept.Should().Equal(true, true, false, false, false, false);
        job.Parts.Should().HaveCount(3, "they are the heir's");
        job.Cache.Log.Of(210).Should().ContainSingle().Which.Should().Contain("taken over");
        release2.SetResult();
        await second.Guarded();
        await other.Manager.FlushAsync();
        heir.Kept.Should().Equal(true, true, true, true);
        job.Parts.Should().BeEmpty();
    }

    [Fact]
    public async Task Parts_that_a_producer_holds_are_taken_back_and_go_when_it_ends()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 2);
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        IReadOnlyList<EncodePart> given = [];
        var encoder = new SegmentEncoder { First = async request => given = await request.Checkpoint!.OpenAsync("segments/1") };
        encoder.Before = async (segment, _) =>
        {
            if (segment == 3)
            {
                await Pause(entered, release);
                given.Should().OnlyContain(static part => File.Exists(part.Path), "an encoder may be reading them");
                throw new StageException("died");
            }
        };
        var running = job.EncodeAsync(encoder);
        await entered.Task.Guarded();

        await job.Cache.Manager.RemoveBySourceAsync(Bytes.Sha256OfFile(job.Source.Path));

        job.Parts.Should().HaveCount(3);
        release.SetResult();
        await ((Func<Task>)(() => running)).Should().ThrowAsync<StageException>();
        job.Parts.Should().BeEmpty();
    }

    [Fact]
    public async Task Parts_that_were_taken_back_under_a_worker_that_died_then_are_given_to_nobody()
    {
        await using var job = await CheckpointedJob.StartAsync();
        using var worker = new WorkerProcess("segments", job.Cache.Settings.Root, job.Cache.Work, job.Source.Path, "3");
        await worker.WaitForLineAsync("hanging");
        await job.Cache.Manager.RemoveBySourceAsync(Bytes.Sha256OfFile(job.Source.Path));
        job.Parts.Should().HaveCount(3);
        worker.Kill();
        await worker.ExitAsync();
        var retry = new SegmentEncoder();

        await job.EncodeAsync(retry, profile: SameWork.Profile);

        retry.Encoded.Should().Equal(0, 1, 2, 3, 4, 5);
    }

    [Fact]
    public async Task Parts_that_were_taken_back_under_a_worker_that_died_then_go_with_the_next_clean_up()
    {
        await using var job = await CheckpointedJob.StartAsync();
        using var worker = new WorkerProcess("segments", job.Cache.Settings.Root, job.Cache.Work, job.Source.Path, "3");
        await worker.WaitForLineAsync("hanging");
        await job.Cache.Manager.RemoveBySourceAsync(Bytes.Sha256OfFile(job.Source.Path));
        await job.Cache.Manager.CleanupAsync();
        job.Parts.Should().HaveCount(3, "their worker may be reading them");
        worker.Kill();
        await worker.ExitAsync();

        await job.Cache.Manager.CleanupAsync();

        Directory.GetFileSystemEntries(job.Partials).Should().BeEmpty();
    }

    [MountFact("setpriv")]
    public async Task Second_user_of_the_group_goes_on_where_the_first_one_died()
    {
        var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        try
        {
            var (cache, source) = (Path.Combine(root, "cache"), Path.Combine(root, "source.mp4"));
            Mount.Run("chmod", "755", root);
            foreach (var user in new[] { "20001", "20002" })
            {
                Directory.CreateDirectory(Path.Combine(root, user));
                Mount.Run("chown", $"{user}:{user}", Path.Combine(root, user));
            }

            Directory.CreateDirectory(cache);
            Mount.Run("chgrp", "20000", cache);
            Mount.Run("chmod", "2770", cache);
            await File.WriteAllBytesAsync(source, Bytes.Random(20_000));
            Mount.Run("chmod", "644", source);
            using (var first = WorkerProcess.As("20001", "20000", "segments", cache, Path.Combine(root, "20001"), source, "3"))
            {
                await first.WaitForLineAsync("hanging");
                var partials = Path.Combine(cache, "profiles", "partials");
                Directory.GetDirectories(partials, "*", SearchOption.AllDirectories).Prepend(partials).Should().OnlyContain(static path => Entries.ModeOf(path).HasFlag((UnixFileMode)0b111_111_000));
                Entries.ModeOf(Directory.GetFiles(partials, OwnNames.PartsJournal, SearchOption.AllDirectories).Single()).Should().HaveFlag((UnixFileMode)0b110_110_000);
                first.Kill();
                await first.ExitAsync();
            }

            using var second = WorkerProcess.As("20002", "20000", "segments", cache, Path.Combine(root, "20002"), source, "9");

            (await second.ReadLineAsync()).Should().Be("Miss 3,4,5");
            second.Go();
            Directory.GetFileSystemEntries(Path.Combine(cache, "profiles", "partials")).Should().BeEmpty();
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static Task Pause(TaskCompletionSource entered, TaskCompletionSource release)
    {
        entered.TrySetResult();
        return release.Task;
    }
}
