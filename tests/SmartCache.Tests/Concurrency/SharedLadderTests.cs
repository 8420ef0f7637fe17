using SmartCache.Tests.Support;

namespace SmartCache.Tests.Concurrency;

/// <summary>Ladders beside other workers that want some of the same profiles.</summary>
public class SharedLadderTests
{
    private readonly TaskCompletionSource _running = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _mayGoOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Profile_that_another_worker_makes_is_left_to_it_and_then_a_hit()
    {
        await using var cache = new TestCache();
        var (job, other) = (await LadderJob.StartAsync(cache), await LadderJob.StartAsync(cache));
        var byKey = await job.ByKeyAsync();
        other.Inner.BeforeSingle = (_, _) => HoldAsync();
        var single = other.EncodeOneAsync(byKey[1]);
        await _running.Task.Guarded();
        job.Inner.Before = (_, _) =>
        {
            _mayGoOn.TrySetResult();
            return Task.CompletedTask;
        };

        var encoded = await job.EncodeAsync().Guarded();
        await single.Guarded();

        job.Inner.Runs.Should().ContainSingle().Which.Should().Equal(byKey[0].Name, byKey[2].Name);
        job.Inner.Singles.Should().BeEmpty();
        encoded.Single(one => one.Name == byKey[1].Name).Outcome.Should().BeOneOf(CacheOutcome.Joined, CacheOutcome.Hit);
        job.Stored.Should().Be(3);
    }

    [Fact]
    public async Task First_profile_is_waited_for_while_nothing_is_made()
    {
        await using var cache = new TestCache();
        var (job, other) = (await LadderJob.StartAsync(cache), await LadderJob.StartAsync(cache));
        var byKey = await job.ByKeyAsync();
        other.Inner.BeforeSingle = (_, _) => HoldAsync();
        var single = other.EncodeOneAsync(byKey[0]);
        await _running.Task.Guarded();
        var waiting = new ProgressSignal("waiting");
        var ladder = job.EncodeAsync(progress: waiting);
        await waiting.Seen;
        var meanwhile = job.Inner.Runs.Count;
        _mayGoOn.SetResult();

        await Task.WhenAll(single, ladder).Guarded();

        meanwhile.Should().Be(0, "the other worker may be about to make all of them");
        job.Inner.Runs.Should().ContainSingle().Which.Should().Equal(byKey[1].Name, byKey[2].Name);
    }

    [Fact]
    public async Task Twins_make_a_ladder_once()
    {
        await using var cache = new TestCache();
        var (job, twin) = (await LadderJob.StartAsync(cache), await LadderJob.StartAsync(cache));
        job.Inner.Before = (done, _) => done == 0 ? HoldAsync() : Task.CompletedTask;
        var waiting = new ProgressSignal("waiting");
        var first = job.EncodeAsync();
        await _running.Task.Guarded();
        var second = twin.EncodeAsync(LadderJob.Profiles.Reverse(), progress: waiting);
        await waiting.Seen;
        _mayGoOn.SetResult();

        await Task.WhenAll(first, second).Guarded();

        (await second).Should().OnlyContain(static one => one.Outcome == CacheOutcome.Joined || one.Outcome == CacheOutcome.Hit);
        (twin.Inner.Runs.Count, twin.Inner.Singles.Count).Should().Be((0, 0));
    }

    [Fact]
    public async Task Two_that_want_overlapping_profiles_in_opposite_order_end_and_make_each_once()
    {
        await using var cache = new TestCache();
        var jobs = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => LadderJob.StartAsync(cache)));
        var profiles = LadderJob.Profiles.Append(new EncodingProfile("240p") { VideoBitrate = "300k" }).ToArray();

        await Task.WhenAll(jobs.Select((job, i) => job.EncodeAsync(i % 2 == 0 ? profiles[..3] : profiles[1..].Reverse()))).Guarded();

        jobs.Sum(static job => job.Inner.Inner.Calls).Should().Be(4);
        jobs[0].Stored.Should().Be(4);
    }

    [Fact]
    public async Task Worker_that_waits_for_a_profile_of_a_ladder_has_it_while_the_others_are_at_work()
    {
        await using var cache = new TestCache();
        var (job, other) = (await LadderJob.StartAsync(cache), await LadderJob.StartAsync(cache));
        var byKey = await job.ByKeyAsync();
        job.Inner.Before = (done, _) => done == 1 ? HoldAsync() : Task.CompletedTask;
        var ladder = job.EncodeAsync();
        await _running.Task.Guarded();

        var done = await other.Encoder.EncodeAsync(other.Request(byKey[0])).Guarded();
        var waiting = new ProgressSignal("waiting");
        var late = other.Encoder.EncodeAsync(other.Request(byKey[2]), waiting);
        await waiting.Seen;
        _mayGoOn.SetResult();
        await ladder.Guarded();

        done.Outcome.Should().BeOneOf(CacheOutcome.Joined, CacheOutcome.Hit);
        (await late.Guarded()).Outcome.Should().Be(CacheOutcome.Joined);
        other.Inner.Inner.Calls.Should().Be(0);
    }

    [Fact]
    public async Task Cancelled_ladder_gives_all_its_keys_back()
    {
        await using var cache = new TestCache();
        var (job, other) = (await LadderJob.StartAsync(cache), await LadderJob.StartAsync(cache));
        using var cancellation = new CancellationTokenSource();
        job.Inner.Before = (_, token) =>
        {
            _running.TrySetResult();
            return Task.Delay(Timeout.Infinite, token);
        };
        var ladder = job.EncodeAsync(LadderJob.Profiles, cancellationToken: cancellation.Token);
        await _running.Task.Guarded();
        var waiting = new ProgressSignal("waiting");
        var next = other.EncodeAsync(progress: waiting);
        await waiting.Seen;
        await cancellation.CancelAsync();

        await ladder.Awaiting(static it => it).Should().ThrowAsync<OperationCanceledException>();
        await next.Guarded();

        other.Inner.Runs.Should().ContainSingle().Which.Should().HaveCount(3);
    }

    [Fact]
    public async Task Progress_of_a_run_is_a_sign_of_life_of_each_of_its_profiles()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(static settings => settings with { LockTimeout = TimeSpan.FromMinutes(5), OperationTimeout = TimeSpan.FromDays(1) }, time: time);
        var (job, other) = (await LadderJob.StartAsync(cache), await LadderJob.StartAsync(cache));
        var byKey = await job.ByKeyAsync();
        job.Inner.Before = (done, _) => done == 0 ? HoldAsync() : Task.CompletedTask;
        var ladder = job.EncodeAsync();
        await _running.Task.Guarded();
        var waiter = new ProgressSignal("waiting");
        var next = other.Encoder.EncodeAsync(other.Request(byKey[2]), waiter);
        await waiter.Seen;
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromMinutes(15) && !next.IsCompleted; passed += TimeSpan.FromSeconds(10))
        {
            await Task.WhenAny(next, time.WaiterAsync(TimeSpan.FromMilliseconds(100))).Guarded();
            job.Inner.Progress!.Report(new StageProgress("encode"));
            time.Advance(TimeSpan.FromSeconds(10));
            await ShownLifeAsync(cache, time);
        }

        next.IsCompleted.Should().BeFalse(cache.Log.ToString());
        _mayGoOn.SetResult();
        await ladder.Guarded();
        while (!next.IsCompleted)
        {
            await Task.WhenAny(next, time.WaiterAsync(TimeSpan.FromMilliseconds(100))).Guarded();
            time.Advance(TimeSpan.FromMilliseconds(100));
        }

        (await next).Outcome.Should().Be(CacheOutcome.Joined);
        other.Inner.Inner.Calls.Should().Be(0);
    }

    [Fact]
    public async Task Ladder_without_a_sign_of_life_is_waited_for_once_and_not_once_for_each_profile()
    {
        var time = new DrivenTime();
        var limit = TimeSpan.FromMinutes(5);
        await using var cache = new TestCache(settings => settings with { LockTimeout = limit, OperationTimeout = TimeSpan.FromDays(1) }, time: time);
        var (job, other) = (await LadderJob.StartAsync(cache), await LadderJob.StartAsync(cache));
        job.Inner.Before = (done, _) => done == 0 ? HoldAsync() : Task.CompletedTask;
        var hung = job.EncodeAsync();
        await _running.Task.Guarded();
        var waiter = new ProgressSignal("waiting");
        var next = other.Encoder.EncodeTogetherAsync([.. LadderJob.Profiles.Select(profile => other.Request(profile))], progress: waiter);
        await waiter.Seen;
        var passed = TimeSpan.Zero;
        for (; passed < limit * 5 && !next.IsCompleted; passed += TimeSpan.FromSeconds(10))
        {
            await Task.WhenAny(next, time.WaiterAsync(TimeSpan.FromMilliseconds(100))).Guarded();
            time.Advance(TimeSpan.FromSeconds(10));
        }

        await next.Guarded();
        passed.Should().BeLessThan(limit * 2);
        other.Inner.Runs.Should().ContainSingle().Which.Should().HaveCount(3);
        other.Inner.Singles.Should().BeEmpty();
        _mayGoOn.SetResult();
        await hung.Guarded();
    }

    // On a busy machine much of this clock passes before the thread that shows life runs once.
    private static async Task ShownLifeAsync(TestCache cache, DrivenTime time)
    {
        var locks = Directory.GetFiles(Path.Combine(cache.Settings.Root, "profiles", "locks"), "make-*");
        locks.Should().HaveCount(3);
        using var guard = new CancellationTokenSource(HangGuard.Limit);
        while (locks.Any(path => File.GetLastWriteTimeUtc(path) < time.GetUtcNow().UtcDateTime))
        {
            await Task.Delay(1, guard.Token);
        }
    }

    private Task HoldAsync()
    {
        _running.TrySetResult();
        return _mayGoOn.Task.Guarded();
    }
}
