using System.Threading.Channels;

namespace SmartCache.Tests.Support;

/// <summary>
/// A clock that begins at the real time and then stands until a test moves it. <see cref="Advance"/> is time that passes, and fires timers;
/// <see cref="Jump"/> is somebody setting the wall clock.
/// </summary>
internal sealed class DrivenTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly HashSet<DrivenTimer> _timers = [];
    private readonly DateTimeOffset _start = DateTimeOffset.UtcNow;
    private TimeSpan _passed;
    private TimeSpan _jumped;
    private readonly Channel<bool> _set = Channel.CreateUnbounded<bool>();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_gate)
        {
            return _passed.Ticks;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _start + _passed + _jumped;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new DrivenTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Jump(TimeSpan time)
    {
        lock (_gate)
        {
            _jumped += time;
        }
    }

    public void Advance(TimeSpan time)
    {
        List<DrivenTimer> due;
        lock (_gate)
        {
            _passed += time;
            due = [.. _timers.Where(timer => timer.Due <= _passed)];
            foreach (var timer in due)
            {
                timer.Rearm(_passed);
            }
        }

        foreach (var timer in due)
        {
            timer.Fire();
        }
    }

    /// <summary>How many wait on this clock for no longer than this.</summary>
    public int Waiting(TimeSpan within)
    {
        lock (_gate)
        {
            return _timers.Count(timer => timer.Due - _passed <= within);
        }
    }

    /// <summary>Advances in steps of 50 ms, so that a timer that is set again by its callback fires again on the way.</summary>
    public void Pass(TimeSpan time)
    {
        var step = TimeSpan.FromMilliseconds(50);
        for (var passed = TimeSpan.Zero; passed < time; passed += step)
        {
            Advance(step);
        }
    }

    /// <summary>Returns when one more timer was set than was waited for so far.</summary>
    public async Task TimerAsync() => await _set.Reader.ReadAsync().AsTask().WaitAsync(HangGuard.Limit);

    /// <summary>Waits until somebody waits on this clock for no longer than this, once.</summary>
    public async Task WaiterAsync(TimeSpan within)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_timers.Any(timer => timer.Period <= TimeSpan.Zero && timer.Due - _passed <= within))
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(HangGuard.Limit);
        }
    }

    private sealed class DrivenTimer(DrivenTime clock, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Due { get; private set; }

        public TimeSpan Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            TaskCompletionSource changed;
            lock (clock._gate)
            {
                Period = period;
                Due = clock._passed + dueTime;
                _ = dueTime == Timeout.InfiniteTimeSpan ? clock._timers.Remove(this) : clock._timers.Add(this);
                changed = clock._changed;
                clock._changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            changed.TrySetResult();
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                clock._set.Writer.TryWrite(true);
            }

            return true;
        }

        public void Rearm(TimeSpan now)
        {
            if (Period > TimeSpan.Zero)
            {
                Due = now + Period;
            }
            else
            {
                clock._timers.Remove(this);
            }
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (clock._gate)
            {
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
