using SmartCache.Configuration;
using SmartCache.Eviction;
using SmartCache.Layers;

namespace SmartCache.Prefetch;

/// <summary>
/// What is announced and has not begun, what runs, and what is stored and waits for its job; and which of them may begin now. Everything in it happens under one lock,
/// and none of it waits.
/// </summary>
/// <param name="settings">Read anew for each decision.</param>
/// <param name="stages">For whom it makes way.</param>
/// <param name="time">The clock.</param>
internal sealed class PrefetchQueue(ICacheSettingsSource settings, StageActivity stages, TimeProvider time)
{
    /// <summary>What is fetched for nobody in particular begins after this long without a stage.</summary>
    public static readonly TimeSpan IdleBefore = TimeSpan.FromSeconds(30);

    /// <summary>Whether a job in another process has asked for what waits here is seen by a look.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    /// <summary>A worker announces what it is about to do, and not all that it may do once.</summary>
    private const int MostAnnounced = 1000;

    private readonly Lock _gate = new();
    private readonly List<PrefetchItem> _announced = [];
    private readonly SortedSet<PrefetchItem> _waiting = new(PrefetchOrder.Instance);
    private readonly List<PrefetchItem> _running = [];
    private readonly List<PrefetchItem> _held = [];
    private bool _isStopped;

    /// <summary>Whether nothing is announced, runs or waits.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _announced.Count + _held.Count == 0;
            }
        }
    }

    /// <summary>Whether nothing begins any more.</summary>
    public bool IsStopped
    {
        get
        {
            lock (_gate)
            {
                return _isStopped;
            }
        }
    }

    /// <summary>What runs.</summary>
    public IReadOnlyList<PrefetchItem> Running
    {
        get
        {
            lock (_gate)
            {
                return [.. _running];
            }
        }
    }

    /// <summary>What is stored and waits for its job.</summary>
    public IReadOnlyList<PrefetchItem> Held
    {
        get
        {
            lock (_gate)
            {
                return [.. _held];
            }
        }
    }

    /// <summary>Takes an announcement in.</summary>
    /// <returns>What answers to it: what was announced before, where that is the same; <see langword="null"/> where too many are announced.</returns>
    public PrefetchItem? Admit(PrefetchItem item)
    {
        lock (_gate)
        {
            if (_announced.Find(item.IsAnsweredBy) is { } same)
            {
                same.Holders++;
                return same;
            }

            if (_announced.Count >= MostAnnounced)
            {
                return null;
            }

            _announced.Add(item);
            return item;
        }
    }

    /// <summary>One of those who announced it no longer wants it.</summary>
    /// <returns>Whether it was the last one: then nobody does.</returns>
    public bool LetGo(PrefetchItem item)
    {
        lock (_gate)
        {
            // In one step: whoever announces it from here on gets a download of its own.
            item.IsWithdrawn |= --item.Holders == 0;
            return item.Holders == 0;
        }
    }

    /// <summary>It is over.</summary>
    public void Forget(PrefetchItem item)
    {
        lock (_gate)
        {
            _announced.Remove(item);
        }
    }

    /// <summary>Gives it its place.</summary>
    /// <returns>False where nothing begins any more, or nobody wants it.</returns>
    public bool Add(PrefetchItem item)
    {
        lock (_gate)
        {
            return !_isStopped && !item.IsWithdrawn && _waiting.Add(item);
        }
    }

    /// <summary>Takes these out that wait for their turn.</summary>
    public IReadOnlyList<PrefetchItem> Take(Func<PrefetchItem, bool> isIt)
    {
        lock (_gate)
        {
            List<PrefetchItem> taken = [.. _waiting.Where(isIt)];
            _waiting.ExceptWith(taken);
            return taken;
        }
    }

    /// <summary>What may begin now; it counts as running from here on.</summary>
    /// <param name="next">When to ask again, if nothing happens before; <see langword="null"/> = not.</param>
    public IReadOnlyList<PrefetchItem> Begin(out TimeSpan? next)
    {
        var begun = new List<PrefetchItem>();
        lock (_gate)
        {
            next = _waiting.Count > 0 && _held.Count > 0 ? LookInterval : null;
            var now = time.GetUtcNow();
            _held.RemoveAll(item => now - item.StoredAt > JobProtection.Default.Period);
            foreach (var item in _isStopped ? [] : _waiting.ToList())
            {
                var wait = WaitOf(item, now);
                if (wait is null || wait > TimeSpan.Zero)
                {
                    next = Sooner(Sooner(next, wait), item.Request.UsefulUntil - now);
                    continue;
                }

                _waiting.Remove(item);
                _running.Add(item);
                item.Running = new CancellationTokenSource();
                if (item.PausedSince is { } since)
                {
                    item.Paused += time.GetElapsedTime(since);
                    item.PausedSince = null;
                }

                begun.Add(item);
            }
        }

        return begun;
    }

    /// <summary>An attempt ended, and there is to be another one.</summary>
    /// <returns>False where nothing begins any more, or nobody wants it.</returns>
    public bool PutBack(PrefetchItem item, DateTimeOffset notBefore)
    {
        lock (_gate)
        {
            Leave(item);
            item.NotBefore = notBefore;

            // Whoever waited for that attempt has the key's lock next; the next attempt is nobody's.
            item.IsJoined = false;
            return !_isStopped && !item.IsWithdrawn && _waiting.Add(item);
        }
    }

    /// <summary>The last attempt ended.</summary>
    /// <param name="item">Which.</param>
    /// <param name="isHeld">Whether its entry waits for a job.</param>
    public void End(PrefetchItem item, bool isHeld)
    {
        lock (_gate)
        {
            Leave(item);
            _waiting.Remove(item);
            if (item.PausedSince is { } since)
            {
                item.Paused += time.GetElapsedTime(since);
                item.PausedSince = null;
            }

            if (isHeld && !item.IsWithdrawn && CountsAhead(item))
            {
                item.StoredAt = time.GetUtcNow();
                _held.Add(item);
            }
        }
    }

    /// <summary>An entry that waited was asked for, or is gone.</summary>
    public bool Release(Func<PrefetchItem, bool> isIt)
    {
        lock (_gate)
        {
            return _held.RemoveAll(item => isIt(item)) > 0;
        }
    }

    /// <summary>Nobody wants these any more.</summary>
    /// <returns>Those that waited for their turn. One that has no place yet gets none.</returns>
    public IReadOnlyList<PrefetchItem> Withdraw(Func<PrefetchItem, bool> isIt)
    {
        lock (_gate)
        {
            _held.RemoveAll(item => isIt(item));
            foreach (var item in _announced.Where(isIt))
            {
                item.IsWithdrawn = true;
            }

            List<PrefetchItem> waiting = [.. _waiting.Where(isIt)];
            _waiting.ExceptWith(waiting);
            _running.Where(isIt).ToList().ForEach(Cancel);
            return waiting;
        }
    }

    /// <summary>Ends what has to make way for what jobs do now.</summary>
    public void MakeWay()
    {
        lock (_gate)
        {
            foreach (var item in _running)
            {
                if (MustWait(item) && !item.IsJoined)
                {
                    item.PausedSince ??= time.GetTimestamp();
                    Cancel(item);
                }
            }
        }
    }

    /// <summary>Nothing begins any more, and what no job has joined ends.</summary>
    /// <returns>Those that had not begun.</returns>
    public IReadOnlyList<PrefetchItem> Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            List<PrefetchItem> waiting = [.. _waiting];
            _waiting.Clear();
            _held.Clear();
            _running.ForEach(Cancel);
            return waiting;
        }
    }

    /// <summary>Ends what is left: the process ends.</summary>
    public void Abort()
    {
        lock (_gate)
        {
            _running.ForEach(static item => _ = item.Running?.CancelAsync());
        }
    }

    private static TimeSpan? Sooner(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;

    private static bool CountsAhead(PrefetchItem item) => item.Request.Priority != PrefetchPriority.Popular;

    // On a thread of its own: this is the path of a job, and what is called then is the worker's.
    private static void Cancel(PrefetchItem item)
    {
        if (!item.IsJoined)
        {
            _ = item.Running?.CancelAsync();
        }
    }

    private void Leave(PrefetchItem item)
    {
        if (_running.Remove(item))
        {
            item.Running = null;
        }
    }

    private bool MustWait(PrefetchItem item) => item.WhenIdle
        ? stages.Idle < IdleBefore
        : settings.Current.PrefetchDuringTransfers is not DuringTransfers.Share and var pause && (stages.Downloads || (stages.Uploads && pause == DuringTransfers.Pause));

    /// <summary>How long until it may begin; <see langword="null"/> where something has to happen first.</summary>
    private TimeSpan? WaitOf(PrefetchItem item, DateTimeOffset now)
    {
        var current = settings.Current;
        if (_running.Count >= current.PrefetchParallel || _running.Exists(running => running.Key.Name == item.Key.Name))
        {
            return null;
        }

        if (CountsAhead(item) && _held.Count + _running.Count(CountsAhead) >= current.PrefetchAhead)
        {
            return null;
        }

        if (item.NotBefore > now)
        {
            return item.NotBefore - now;
        }

        if (!MustWait(item))
        {
            return TimeSpan.Zero;
        }

        return item.WhenIdle && stages.Idle is var idle && idle > TimeSpan.Zero ? IdleBefore - idle : null;
    }
}
