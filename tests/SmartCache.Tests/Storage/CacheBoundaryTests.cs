using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

public sealed class CacheBoundaryTests : IDisposable
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(60);
    private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
    private readonly DrivenTime _time = new();
    private readonly ListLogger _log = new();
    private readonly CacheMeter _meter = new();
    private readonly ManualResetEventSlim _disk = new(false);
    private readonly LayerDirectory _layer;
    private readonly CacheBoundary _boundary;
    private readonly Fixed _settings;

    public CacheBoundaryTests()
    {
        _settings = new Fixed(CacheSettings.ForRoot(_root) with { OperationTimeout = TimeSpan.FromSeconds(10) });
        _layer = new LayerDirectory("sources", _settings.Current.SourcesDirectory, () => _settings.Current, FileSystem.Current);
        _layer.EnsureOpen();
        _boundary = new CacheBoundary(_layer, _settings, new FaultLog(_log, _meter, _time), _time);
    }

    [Fact]
    public async Task Operation_that_hangs_is_given_up_and_its_late_result_disposed_of()
    {
        using var late = new Result();
        var given = Hang(late);
        await _time.TimerAsync();

        _time.Advance(TimeSpan.FromSeconds(11));

        (await given.WaitAsync(Generous)).Should().BeNull();
        late.Disposed.Task.IsCompleted.Should().BeFalse();
        _disk.Set();
        await late.Disposed.Task.WaitAsync(Generous);
        _log.Of(400).Should().ContainSingle().Which.Should().Contain(nameof(TimeoutException));
    }

    [Fact]
    public async Task Operation_that_beats_is_waited_for_as_long_as_it_takes()
    {
        using var beat = new SemaphoreSlim(0);
        using var beaten = new SemaphoreSlim(0);
        var given = _boundary.AttemptAsync(
            "copy",
            "fallback",
            pulse =>
            {
                for (var i = 0; i < 5; i++)
                {
                    beat.Wait(Generous).Should().BeTrue();
                    pulse.Beat();
                    beaten.Release();
                }

                return "done";
            },
            CancellationToken.None).AsTask();
        for (var i = 0; i < 5; i++)
        {
            await _time.TimerAsync();
            // The limit counts from the last beat: 8, 16, 24 s and so on, of which each is within 10 s of the one before.
            _time.Advance(TimeSpan.FromSeconds(i == 0 ? 8 : 6));
            beat.Release();
            (await beaten.WaitAsync(Generous)).Should().BeTrue();
            if (i < 4)
            {
                _time.Advance(TimeSpan.FromSeconds(2));
            }
        }

        (await given.WaitAsync(Generous)).Should().Be("done");
        _log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public void Result_of_an_operation_that_ends_in_the_moment_of_its_time_out_is_taken()
    {
        using var time = new EndsAtTheLook();
        var settings = new Fixed(CacheSettings.ForRoot(_root) with { OperationTimeout = TimeSpan.FromMilliseconds(50) });
        var boundary = new CacheBoundary(_layer, settings, new FaultLog(_log, _meter, time), time);

        boundary.AttemptOrSay("find", static _ => "fallback", _ => time.Work("done")).Should().Be("done");

        time.HasPassed.Should().BeTrue("its time was over");
        _log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Operation_that_was_given_up_learns_it_at_its_next_beat()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource<Exception?>();
        var given = _boundary.AttemptAsync(
            "copy",
            "fallback",
            pulse =>
            {
                begun.SetResult();
                _disk.Wait(Generous).Should().BeTrue();
                ended.SetResult(Record.Exception(pulse.Beat));
                return "late";
            },
            CancellationToken.None).AsTask();
        await begun.Task.WaitAsync(Generous); // One that nobody wants any more before it began does not begin.
        await _time.TimerAsync();
        _time.Advance(TimeSpan.FromSeconds(11));
        (await given.WaitAsync(Generous)).Should().Be("fallback");

        _disk.Set();

        (await ended.Task.WaitAsync(Generous)).Should().BeOfType<OperationCanceledException>();
    }

    [Fact]
    public async Task After_three_time_outs_the_layer_rests_a_minute_and_then_works_again()
    {
        for (var i = 0; i < 3; i++)
        {
            _boundary.Unavailable.Should().BeNull();
            var given = Hang(null);
            await _time.TimerAsync();
            _time.Advance(TimeSpan.FromSeconds(11));
            await given.WaitAsync(Generous);
        }

        var tried = false;
        (await Attempt(() => tried = true)).Should().Be("fallback");
        tried.Should().BeFalse();
        _boundary.Unavailable!.Value.Code.Should().Be(CacheReason.Resting);

        _time.Advance(TimeSpan.FromSeconds(61));
        (await Attempt(() => tried = true)).Should().Be("done");
        _boundary.Unavailable.Should().BeNull();
        _log.Of(400).Should().ContainSingle();
    }

    [Fact]
    public async Task Disk_that_hangs_all_night_does_not_take_a_thread_for_each_try()
    {
        var sent = new List<Result>();
        for (var minute = 0; minute < 6; minute++)
        {
            while (_boundary.Unavailable is null)
            {
                sent.Add(new Result());
                var given = Hang(sent[^1]);
                await _time.TimerAsync();
                _time.Advance(TimeSpan.FromSeconds(11));
                (await given.WaitAsync(Generous)).Should().BeNull();
            }

            _time.Advance(TimeSpan.FromSeconds(61));
        }

        sent.Count.Should().BeLessThanOrEqualTo(8);

        // When the disk comes back, so does the layer.
        _disk.Set();
        await Task.WhenAll(sent.Select(static late => late.Disposed.Task)).WaitAsync(Generous);
        (await Attempt(() => { })).Should().Be("done");
    }

    [Theory]
    [Trait("Found", "M27")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sixty_callers_that_cancel_on_a_hung_disk_hold_no_more_threads_than_eight(bool atOnce)
    {
        // So that nothing but the boundary keeps sixty threads from hanging.
        ThreadPool.GetMinThreads(out _, out var ports);
        ThreadPool.SetMinThreads(100, ports);
        var begun = new System.Collections.Concurrent.ConcurrentBag<Result>();
        using var entered = new SemaphoreSlim(0);
        var callers = new List<(Task<Result?> Task, CancellationTokenSource Token)>();
        for (var i = 0; i < 60; i++)
        {
            var token = new CancellationTokenSource();
            var task = _boundary.AttemptAsync<Result?>(
                "find",
                null,
                _ =>
                {
                    var late = new Result();
                    begun.Add(late);
                    entered.Release();
                    _disk.Wait(Generous);
                    return late;
                },
                token.Token).AsTask();
            callers.Add((task, token));
            if (i < Places)
            {
                (await entered.WaitAsync(Generous)).Should().BeTrue();
            }

            if (!atOnce)
            {
                // Behind this, whatever was queued before has a thread.
                await Task.WhenAll(Enumerable.Range(0, 4).Select(static _ => Task.Run(static () => { })));
                await token.CancelAsync();
            }
        }

        foreach (var (task, token) in callers)
        {
            await token.CancelAsync();
            (await Record.ExceptionAsync(() => task.WaitAsync(Generous))).Should().BeAssignableTo<OperationCanceledException>();
            token.Dispose();
        }

        begun.Should().HaveCount(Places, "the others waited without a thread");
        _disk.Set();
        await Task.WhenAll(begun.Select(static late => late.Disposed.Task)).WaitAsync(Generous);
        (await Attempt(() => { })).Should().Be("done");
        _log.Lines.Should().BeEmpty();
    }

    [Fact]
    [Trait("Found", "M27")]
    public async Task Operation_whose_caller_has_gone_counts_as_hung_like_any_other()
    {
        var sent = new List<Result>();
        for (var i = 0; i < 8; i++)
        {
            using var caller = new CancellationTokenSource();
            sent.Add(new Result());
            var given = Hang(sent[^1], caller.Token);
            await _time.TimerAsync();
            await caller.CancelAsync();
            await Record.ExceptionAsync(() => given.WaitAsync(Generous));
            await _time.TimerAsync();
        }

        _boundary.Unavailable.Should().BeNull("they were cancelled just now, and the disk may be well");

        _time.Advance(TimeSpan.FromSeconds(11));

        while (_boundary.Unavailable is null)
        {
            await Task.Yield();
        }

        _disk.Set();
        await Task.WhenAll(sent.Select(static late => late.Disposed.Task)).WaitAsync(Generous);
        (await Attempt(() => { })).Should().Be("done");
    }

    [Fact]
    [Trait("Found", "M27")]
    public async Task Operation_that_found_no_place_on_a_hung_disk_is_given_up_in_time()
    {
        var sent = new List<Result>();
        using var caller = new CancellationTokenSource();
        for (var i = 0; i < Places; i++)
        {
            sent.Add(new Result());
            _ = Hang(sent[^1], caller.Token);
            await _time.TimerAsync();
        }

        var tried = false;
        var given = Attempt(() => tried = true).AsTask();
        await _time.TimerAsync();
        given.IsCompleted.Should().BeFalse();
        _time.Advance(TimeSpan.FromSeconds(11));

        (await given.WaitAsync(Generous)).Should().Be("fallback");
        tried.Should().BeFalse();
        _disk.Set();
        await Task.WhenAll(sent.Select(static late => late.Disposed.Task)).WaitAsync(Generous);
    }

    [Fact]
    [Trait("Found", "M27")]
    public async Task Operations_that_move_take_no_place_from_others()
    {
        using var beaten = new SemaphoreSlim(0);
        var moving = Enumerable.Range(0, Places * 2).Select(_ => _boundary.AttemptAsync(
            "copy",
            "fallback",
            pulse =>
            {
                pulse.Beat();
                beaten.Release();
                _disk.Wait(Generous);
                return "done";
            },
            CancellationToken.None).AsTask()).ToList();
        for (var i = 0; i < moving.Count; i++)
        {
            (await beaten.WaitAsync(Generous)).Should().BeTrue();
        }

        (await Attempt(() => { })).Should().Be("done");
        _disk.Set();
        (await Task.WhenAll(moving).WaitAsync(Generous)).Should().AllBe("done");
    }

    [Fact]
    [Trait("Found", "M27")]
    public async Task Sixty_releases_on_a_hung_disk_hold_no_more_threads_than_eight()
    {
        var begun = new System.Collections.Concurrent.ConcurrentBag<Result>();
        using var entered = new SemaphoreSlim(0);
        var releases = Enumerable.Range(0, 60).Select(_ => _boundary.ReleaseAsync(new HungRelease(() =>
        {
            begun.Add(new Result());
            entered.Release();
            _disk.Wait(Generous);
        })).AsTask()).ToList();
        for (var i = 0; i < Places; i++)
        {
            (await entered.WaitAsync(Generous)).Should().BeTrue();
        }

        while (releases.Exists(static release => !release.IsCompleted))
        {
            _time.Advance(TimeSpan.FromSeconds(11));
            await Task.Yield();
        }

        begun.Should().HaveCount(Places);
        _disk.Set();
        for (var i = Places; i < 60; i++)
        {
            (await entered.WaitAsync(Generous)).Should().BeTrue("all is given back once the disk answers");
        }
    }

    [Fact]
    public async Task Where_nothing_is_held_nobody_waits_for_the_releases_of_others_that_hang()
    {
        using var entered = new SemaphoreSlim(0);
        var hung = Enumerable.Range(0, Places).Select(_ => _boundary.ReleaseAsync(new HungRelease(() =>
        {
            entered.Release();
            _disk.Wait(Generous);
        })).AsTask()).ToList();
        for (var i = 0; i < Places; i++)
        {
            (await entered.WaitAsync(Generous)).Should().BeTrue();
        }

        _boundary.ReleaseAsync(null, Production.WithoutLock(waited: false)).AsTask().IsCompleted.Should().BeTrue();

        _disk.Set();
        await Task.WhenAll(hung).WaitAsync(Generous);
    }

    [Fact]
    public async Task Success_between_time_outs_starts_the_count_anew()
    {
        for (var i = 0; i < 4; i++)
        {
            var given = Hang(null);
            await _time.TimerAsync();
            _time.Advance(TimeSpan.FromSeconds(11));
            await given.WaitAsync(Generous);
            (await Attempt(() => { })).Should().Be("done");
        }
    }

    [Fact]
    public async Task Cancellation_of_the_caller_is_no_fault_and_ends_the_wait_at_once()
    {
        using var late = new Result();
        using var caller = new CancellationTokenSource();
        var given = Hang(late, caller.Token);
        await _time.TimerAsync();

        await caller.CancelAsync();

        var thrown = await Record.ExceptionAsync(() => given.WaitAsync(Generous));
        thrown.Should().BeAssignableTo<OperationCanceledException>().Which.As<OperationCanceledException>().CancellationToken.Should().Be(caller.Token);
        _disk.Set();
        await late.Disposed.Task.WaitAsync(Generous);
        _log.Lines.Should().BeEmpty();
    }

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(UnauthorizedAccessException))]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(NullReferenceException))]
    [InlineData(typeof(TimeoutException))]
    [InlineData(typeof(OperationCanceledException))]
    [InlineData(typeof(OutOfMemoryException))]
    public async Task Every_fault_becomes_the_fallback_and_a_thousand_of_them_one_line(Type kind)
    {
        var fault = (Exception)Activator.CreateInstance(kind)!;
        for (var i = 0; i < 1000; i++)
        {
            (await Attempt(() => throw fault)).Should().Be("fallback");
        }

        _log.Of(400).Should().ContainSingle().Which.Should().Contain(kind.Name);
    }

    [Fact]
    public async Task Sweep_that_met_a_full_disk_on_its_way_is_no_second_line_of_it()
    {
        var noSpace = new IOException("No space left on device", 28);
        foreach (var fault in (Exception[])[noSpace, new IOException("Something in the trash cannot be deleted: No space left on device", noSpace)])
        {
            await _boundary.AttemptAsync<string>(fault == noSpace ? "publish" : "empty trash", "fallback", _ => throw fault, CancellationToken.None);
        }

        _log.Of(400).Should().ContainSingle();
    }

    [Fact]
    public async Task Full_disk_is_one_line_whatever_operations_meet_it()
    {
        const int noSpace = 28;
        foreach (var operation in (string[])["stage", "publish", "write facts", "lock"])
        {
            await _boundary.AttemptAsync<string>(operation, "fallback", _ => throw new IOException("No space left on device", noSpace), CancellationToken.None);
        }

        _log.Of(400).Should().ContainSingle().Which.Should().Contain("No space left");
        _time.Advance(TimeSpan.FromMinutes(2));
        await _boundary.AttemptAsync("stage", "fallback", _ => "done", CancellationToken.None);
        _log.Of(401).Should().ContainSingle();
    }

    [Fact]
    public async Task File_named_disabled_switches_the_layer_off_and_on_again_at_once()
    {
        var switchFile = Path.Combine(_root, "DISABLED");
        await File.WriteAllTextAsync(switchFile, "");
        (await Attempt(() => { })).Should().Be("fallback");
        _boundary.Unavailable!.Value.Code.Should().Be(CacheReason.Disabled);

        File.Delete(switchFile);
        (await Attempt(() => { })).Should().Be("done");
        _boundary.Unavailable.Should().BeNull();
        _log.Lines.Should().BeEmpty();
    }

    public void Dispose()
    {
        _disk.Set();
        _layer.Dispose();
        _meter.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    /// <summary>Returns when the operation hangs.</summary>
    private Task<Result?> Hang(Result? result, CancellationToken cancellationToken = default)
    {
        using var hangs = new ManualResetEventSlim();
        var given = _boundary.AttemptAsync<Result?>(
            "find",
            null,
            _ =>
            {
                hangs.Set();
                _disk.Wait(Generous);
                return result;
            },
            cancellationToken).AsTask();
        hangs.Wait(Generous, CancellationToken.None).Should().BeTrue();
        return given;
    }

    private ValueTask<string> Attempt(Action work) =>
        _boundary.AttemptAsync(
            "find",
            "fallback",
            _ =>
            {
                work();
                return "done";
            },
            CancellationToken.None);

    private static int Places => Math.Max(8, Environment.ProcessorCount);

    private sealed class HungRelease(Action release) : IDisposable
    {
        public void Dispose() => release();
    }

    /// <summary>A clock by which an operation ends, and an hour passes, in the moment in which somebody else looks at it.</summary>
    private sealed class EndsAtTheLook : TimeProvider, IDisposable
    {
        private readonly ManualResetEventSlim _mayEnd = new(false);
        private volatile Thread? _worker;

        public bool HasPassed { get; private set; }

        public T Work<T>(T result)
        {
            _worker = Thread.CurrentThread;
            _mayEnd.Wait(Generous).Should().BeTrue();
            return result;
        }

        public override long GetTimestamp()
        {
            if (_worker is { } worker && worker != Thread.CurrentThread)
            {
                _mayEnd.Set();
                worker.Join(Generous).Should().BeTrue("its thread is its own");
                HasPassed = true;
            }

            return base.GetTimestamp() + (HasPassed ? TimestampFrequency * 3600 : 0);
        }

        public void Dispose() => _mayEnd.Dispose();
    }

    private sealed class Fixed(CacheSettings current) : ICacheSettingsSource
    {
        public CacheSettings Current { get; } = current;
    }

    private sealed class Result : IDisposable
    {
        public TaskCompletionSource Disposed { get; } = new();

        public void Dispose() => Disposed.TrySetResult();
    }
}
