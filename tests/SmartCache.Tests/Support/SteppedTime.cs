namespace SmartCache.Tests.Support;

/// <summary>A clock that moves only when it is told to, and then fires the timers that are due.</summary>
internal sealed class SteppedTime : TimeProvider, IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<SteppedTimer> _timers = [];
    private readonly SemaphoreSlim _set = new(0);
    private TimeSpan _now = TimeSpan.FromDays(1);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_gate)
        {
            return _now.Ticks;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SteppedTimer(this, () => callback(state));
        lock (_gate)
        {
            _timers.Add(timer);
        }

        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Returns when one more timer was set than was waited for so far.</summary>
    public async Task WaitForTimerAsync() => (await _set.WaitAsync(TimeSpan.FromSeconds(60))).Should().BeTrue("somebody should wait for the clock");

    public void Advance(TimeSpan time)
    {
        SteppedTimer[] due;
        lock (_gate)
        {
            _now += time;
            due = [.. _timers.Where(timer => timer.Due <= _now)];
        }

        foreach (var timer in due)
        {
            timer.Fire();
        }
    }

    public void Dispose() => _set.Dispose();

    private sealed class SteppedTimer(SteppedTime clock, Action callback) : ITimer
    {
        public TimeSpan Due { get; private set; } = TimeSpan.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : clock._now + dueTime;
            }

            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                clock._set.Release();
            }

            return true;
        }

        public void Fire()
        {
            Due = TimeSpan.MaxValue;
            callback();
        }

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
