using System.Text.Json;
using SmartCache.Remote;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>One producer at a time over hosts; whatever fails there, the work is done.</summary>
public class WorkLeaseTests
{
    [Fact]
    public async Task Two_hosts_that_want_the_same_profile_encode_it_once()
    {
        var store = new MemoryObjectStore();
        var inside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var first = new Host(store, static remote => remote with { Sources = RemoteSources.All });
        await using var second = new Host(store);
        first.Job.InnerEncoder.Before = async (_, _) =>
        {
            inside.TrySetResult();
            await goOn.Task;
        };
        var video = await first.Job.DownloadAsync();
        await first.Cache.Manager.FlushAsync();
        var same = await second.Job.DownloadAsync();
        var making = first.Job.EncodeAsync(video);
        await inside.Task.Guarded();
        var reports = new ProgressSignal("waiting");

        var waiting = second.Job.Encoder.EncodeAsync(new EncodeRequest(same, TestJob.Profile, second.Cache.WorkPath("out")) { JobId = "job-2" }, reports);
        (await Task.WhenAny(reports.Seen, waiting)).Should().NotBeSameAs(waiting, "{0}", string.Join('\n', store.Requests.Concat(second.Cache.Log.Lines.Select(static line => line.Text)).Concat(reports.Phases)));
        goOn.SetResult();
        var made = await making.Guarded();
        var joined = await waiting.Guarded();

        (first.Encodes, second.Encodes).Should().Be((1, 0));
        joined.Outcome.Should().Be(CacheOutcome.Joined);
        TestJob.Tree(joined.Directory).Should().BeEquivalentTo(TestJob.Tree(made.Directory));
    }

    [Fact]
    public async Task Holder_that_dies_is_taken_over_after_LockTimeout_on_the_waiters_own_clock()
    {
        var store = new MemoryObjectStore();
        var time = new DrivenTime();
        await using var leases = new LeasePlace(store, time);
        var dead = await leases.Leases.TryTakeAsync("key");
        await using var others = new LeasePlace(store, time);
        (await others.Leases.TryTakeAsync("key")).Should().BeNull();
        time.Advance(TimeSpan.FromMinutes(4));
        (await others.Leases.TryTakeAsync("key")).Should().BeNull("it may be alive");

        time.Advance(TimeSpan.FromMinutes(2));
        var taken = await others.Leases.TryTakeAsync("key");

        taken.Should().NotBeNull();
        (await dead!.ShowLifeAsync(new StageProgress("encode"))).Should().BeFalse("somebody else has it");
    }

    [Fact]
    public async Task Holder_that_shows_life_is_not_taken_over_however_long_it_takes()
    {
        var store = new MemoryObjectStore();
        var time = new DrivenTime();
        await using var holder = new LeasePlace(store, time);
        await using var other = new LeasePlace(store, time);
        var lease = await holder.Leases.TryTakeAsync("key");
        for (var minute = 0; minute < 60; minute += 4)
        {
            (await other.Leases.TryTakeAsync("key")).Should().BeNull();
            (await lease!.ShowLifeAsync(new StageProgress("encode") { Fraction = minute / 60.0 })).Should().BeTrue();
            time.Advance(TimeSpan.FromMinutes(4));
        }

        (await other.Leases.LookAsync("key"))!.Progress.Should().Be(new StageProgress("encode") { Fraction = 56 / 60.0 });
    }

    [Fact]
    public async Task Released_lease_is_free_at_once()
    {
        var store = new MemoryObjectStore();
        await using var holder = new LeasePlace(store, new DrivenTime());
        await using var other = new LeasePlace(store, new DrivenTime());
        var lease = await holder.Leases.TryTakeAsync("key");
        (await other.Leases.TryTakeAsync("key")).Should().BeNull();
        await lease!.DisposeAsync();

        (await other.Leases.LookAsync("key")).Should().BeNull();
        (await other.Leases.TryTakeAsync("key")).Should().NotBeNull();
    }

    [Fact]
    public async Task Of_many_that_ask_at_once_one_has_it()
    {
        var store = new MemoryObjectStore();
        var places = Enumerable.Range(0, 16).Select(_ => new LeasePlace(store, new DrivenTime())).ToArray();

        var taken = await Task.WhenAll(places.Select(place => Task.Run(async () => await place.Leases.TryTakeAsync("key"))));

        taken.Count(static lease => lease is not null).Should().Be(1);
        foreach (var place in places)
        {
            await place.DisposeAsync();
        }
    }

    [Fact]
    public async Task Store_that_ignores_conditions_gives_no_leases_and_that_is_said_once()
    {
        var store = new MemoryObjectStore { IgnoresConditions = true };
        await using var host = new Host(store);

        await host.WorkAsync();
        await host.Job.EncodeAsync(await host.Job.DownloadAsync(), new EncodingProfile("480p") { VideoBitrate = "1000k" });

        host.Cache.Log.Of(1007).Should().ContainSingle();
        host.Encodes.Should().Be(2);
        store.Names.Should().OnlyContain(static name => !name.Contains("/work/") || name.Contains("/work/proof-"));
    }

    [Fact]
    public async Task Store_that_fails_those_that_lose_a_race_gives_no_leases()
    {
        var store = new MemoryObjectStore { FailsLostRaces = true };
        await using var host = new Host(store);

        await host.WorkAsync().Guarded();

        host.Encodes.Should().Be(1);
    }

    [Fact]
    public async Task Leases_of_the_workers_own_are_used_and_their_failure_stops_nothing()
    {
        var leases = new ThrowingLeases();
        await using var host = new Host(new MemoryObjectStore(), leases: leases);

        await host.WorkAsync();

        leases.Asked.Should().Be(1);
        host.Encodes.Should().Be(1);
    }

    [Fact]
    public async Task What_another_host_has_made_since_this_one_looked_is_not_made_again()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store, static remote => remote with { Sources = RemoteSources.All });
        await using var second = new Host(store);
        var video = await first.Job.DownloadAsync();
        await first.Cache.Manager.FlushAsync();
        var same = await second.Job.DownloadAsync();
        second.Job.InnerEncoder.Before = static (_, _) => throw new IOException("no encoder here");
        await second.Job.Invoking(job => job.EncodeAsync(same)).Should().ThrowAsync<IOException>();
        await second.Cache.Manager.FlushAsync();
        await first.Job.EncodeAsync(video);
        await first.Cache.Manager.FlushAsync();

        var retried = await second.Job.EncodeAsync(same);

        second.Encodes.Should().Be(1, "only the one that failed: that nothing was there is remembered, and somebody had the work meanwhile");
        retried.Outcome.Should().Be(CacheOutcome.Joined);
    }

    [Fact]
    public async Task Lease_whose_answer_is_lost_is_looked_at_and_is_this_hosts()
    {
        var (store, time) = (new MemoryObjectStore(), new DrivenTime());
        await using var place = new LeasePlace(store, time);
        store.IsStored = static _ => Task.Delay(Timeout.InfiniteTimeSpan);

        var taking = Task.Run(async () => await place.Leases.TryTakeAsync("key"));
        await AdvanceUntilAsync(time, taking);

        (await taking).Should().NotBeNull("the others would wait for LockTimeout for nobody");
    }

    [Fact]
    public async Task Lease_that_is_stored_when_nobody_waits_for_it_any_more_is_given_back()
    {
        var (store, time, goOn) = (new MemoryObjectStore(), new DrivenTime(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var place = new LeasePlace(store, time);
        store.Received = name => IsLease(name) ? goOn.Task : Task.CompletedTask;
        var taking = Task.Run(async () => await place.Leases.TryTakeAsync("key"));
        await AdvanceUntilAsync(time, taking);
        await FluentActions.Awaiting(() => taking).Should().ThrowAsync<ObjectStoreException>();

        goOn.SetResult();

        await Until.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return store.Names.Any(IsLease) && NoteIn(store).IsReleased;
        });
    }

    [Fact]
    public async Task Holder_that_is_switched_off_gives_the_work_back()
    {
        var (store, time) = (new MemoryObjectStore(), new DrivenTime());
        var (inside, goOn) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var host = new Host(store, Patient.Remote, time: time);
        host.Job.InnerEncoder.Before = async (_, _) =>
        {
            inside.TrySetResult();
            await goOn.Task;
        };
        var making = host.Job.EncodeAsync(await host.Job.DownloadAsync());
        await inside.Task.Guarded();
        NoteIn(store).IsReleased.Should().BeFalse();

        host.Cache.Settings = host.Cache.Settings with { Remote = host.Cache.Settings.Remote with { Mode = RemoteMode.Off } };

        await Until.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(10));
            return NoteIn(store).IsReleased;
        });
        goOn.SetResult();
        await making.Guarded();
    }

    [Fact]
    public async Task Lease_that_is_not_answered_and_not_there_is_an_error()
    {
        var (store, time) = (new MemoryObjectStore { IsFull = true }, new DrivenTime());
        await using var place = new LeasePlace(store, time);

        var taking = Task.Run(async () => await place.Leases.TryTakeAsync("key"));
        await AdvanceUntilAsync(time, taking);

        await FluentActions.Awaiting(() => taking).Should().ThrowAsync<ObjectStoreException>();
    }

    [Fact]
    public async Task Read_of_a_lease_that_meets_a_put_is_asked_once_more()
    {
        var store = new MemoryObjectStore();
        await using var holder = new LeasePlace(store, TimeProvider.System);
        await using var other = new LeasePlace(store, TimeProvider.System);
        await holder.Leases.TryTakeAsync("key");
        _ = FailOnce(store, ObjectStoreFault.ServerError);

        (await other.Leases.TryTakeAsync("key")).Should().BeNull("somebody has it, whatever one answer was");
        _ = FailOnce(store, ObjectStoreFault.ServerError);
        (await other.Leases.LookAsync("key")).Should().NotBeNull();
    }

    [Fact]
    public async Task Host_that_waits_goes_on_waiting_after_a_fault_of_the_store()
    {
        var store = new MemoryObjectStore();
        var time = new DrivenTime();
        var (inside, goOn) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var first = new Host(store, static remote => remote with { Sources = RemoteSources.All });
        await using var second = new Host(store, Patient.Remote, time: time);
        first.Job.InnerEncoder.Before = async (_, _) =>
        {
            inside.TrySetResult();
            await goOn.Task;
        };
        var video = await first.Job.DownloadAsync();
        await first.Cache.Manager.FlushAsync();
        var same = await second.Job.DownloadAsync();
        var making = first.Job.EncodeAsync(video);
        await inside.Task.Guarded();
        var reports = new ProgressSignal("waiting");
        var waiting = second.Job.Encoder.EncodeAsync(new EncodeRequest(same, TestJob.Profile, second.Cache.WorkPath("out")) { JobId = "job-2" }, reports);
        await reports.Seen.Guarded();

        var failed = FailOnce(store, ObjectStoreFault.Unavailable);
        await AdvanceUntilAsync(time, failed);
        goOn.SetResult();
        await making.Guarded();
        await first.Cache.Manager.FlushAsync();
        await AdvanceUntilAsync(time, waiting);

        (first.Encodes, second.Encodes).Should().Be((1, 0));
        (await waiting).Outcome.Should().Be(CacheOutcome.Joined);
    }

    [Fact]
    public async Task Encode_that_fails_lets_the_next_host_begin_at_once()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store, static remote => remote with { Sources = RemoteSources.All });
        await using var second = new Host(store);
        var video = await first.Job.DownloadAsync();
        await first.Cache.Manager.FlushAsync();
        var same = await second.Job.DownloadAsync();
        first.Job.InnerEncoder.Before = static (_, _) => throw new StageException("no room") { IsTransient = true };
        await FluentActions.Awaiting(() => first.Job.EncodeAsync(video)).Should().ThrowAsync<StageException>();

        await second.Job.EncodeAsync(same).Guarded();

        second.Encodes.Should().Be(1);
    }

    [Fact]
    public async Task Lease_that_is_stored_after_its_job_was_cancelled_is_given_back_before_the_process_ends()
    {
        var store = new MemoryObjectStore();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Received = async name =>
        {
            if (IsLease(name))
            {
                reached.TrySetResult();
                await goOn.Task;
            }
        };
        await using var host = new Host(store, Patient.Remote, time: new DrivenTime());
        var video = await host.Job.DownloadAsync();
        using var cancellation = new CancellationTokenSource();
        var work = host.Job.EncodeAsync(video, cancellationToken: cancellation.Token);
        await reached.Task.Guarded();
        await cancellation.CancelAsync();
        await FluentActions.Awaiting(() => work).Should().ThrowAsync<OperationCanceledException>();

        var ending = host.Cache.Manager.DisposeAsync().AsTask();
        goOn.SetResult();
        await ending.Guarded();

        NoteIn(store).IsReleased.Should().BeTrue("the other hosts would wait for LockTimeout for nobody");
    }

    /// <summary>The next look at a lease fails.</summary>
    private static Task FailOnce(MemoryObjectStore store, ObjectStoreFault fault)
    {
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Before = (operation, name) => operation == "get" && IsLease(name) && failed.TrySetResult() ? throw new ObjectStoreException(fault, "once") : Task.CompletedTask;
        return failed.Task;
    }

    private static Task AdvanceUntilAsync(DrivenTime time, Task done) => Until.TrueAsync(() =>
    {
        time.Advance(TimeSpan.FromMilliseconds(250));
        return done.IsCompleted;
    });

    private static WorkNote NoteIn(MemoryObjectStore store) => JsonSerializer.Deserialize(store[store.Names.Single(IsLease)], RemoteJson.Default.WorkNote)!;

    private static bool IsLease(string name) => name.Contains("/work/") && !name.Contains("/work/proof-");

    private sealed class ThrowingLeases : IWorkLeases
    {
        public int Asked { get; private set; }

        public ValueTask<IWorkLease?> TryTakeAsync(string key, CancellationToken cancellationToken = default)
        {
            Asked++;
            throw new InvalidOperationException("the worker's own database is down");
        }

        public ValueTask<WorkSign?> LookAsync(string key, CancellationToken cancellationToken = default) => new((WorkSign?)null);
    }
}
