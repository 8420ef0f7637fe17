using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Jobs;
using SmartCache.Layers;
using SmartCache.Sources;
using SmartCache.Storage;

namespace SmartCache.Prefetch;

/// <summary>
/// Fetches announced downloads ahead of their jobs, one after the other, as far as there is room and no job is in its way. Without an announcement it does nothing: no timer,
/// no thread, no look at the disk.
/// </summary>
internal sealed class Prefetcher : IAsyncDisposable
{
    /// <summary>A retry's source is there so much before it is due.</summary>
    private static readonly TimeSpan EarlyForRetry = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private static readonly TimeSpan PatienceAtTheEnd = TimeSpan.FromSeconds(5);

    private readonly SourceStore _store;
    private readonly EntryLayer _profiles;
    private readonly JobRecords _jobs;
    private readonly IPrefetchDownloaders? _downloaders;
    private readonly PrefetchQueue _queue;
    private readonly PrefetchAttempts _attempts;
    private readonly Func<SourceKey, CancellationToken, ValueTask<double?>> _density;
    private readonly Lock _beginning = new();
    private readonly HashSet<Task> _running = [];
    private readonly WorkApart _apart;
    private Task _weighing = Task.CompletedTask;
    private ITimer? _timer;
    private long _serial;

    /// <param name="store">The source layer.</param>
    /// <param name="profiles">Says what a retry misses.</param>
    /// <param name="jobs">Whose the entries are.</param>
    /// <param name="space">Gives the space.</param>
    /// <param name="downloaders">The worker's; <see langword="null"/> where there are none.</param>
    /// <param name="density">Seconds to fetch something again, by megabyte, where that is known of an entry that went.</param>
    public Prefetcher(
        SourceStore store, EntryLayer profiles, JobRecords jobs, SpaceKeeper space, IPrefetchDownloaders? downloaders, Func<SourceKey, CancellationToken, ValueTask<double?>> density)
    {
        (_store, _profiles, _jobs, _downloaders, _density) = (store, profiles, jobs, downloaders, density);
        _apart = new WorkApart(Layer.Boundary);
        _queue = new PrefetchQueue(Layer.Settings, Layer.Stages, Layer.Time);
        _attempts = new PrefetchAttempts(store, new PrefetchRoom(store, space), jobs, downloaders, _queue);
        store.Catalog.Ahead.Settled = entry => Released(item => item.ContentHash is { } content && ContentName.Of(content) == entry);
    }

    private EntryLayer Layer => _store.Layer;

    /// <summary>What jobs of this process downloaded last.</summary>
    public RememberedRequests Remembered { get; } = new();

    // A URL may carry credentials: it is kept only for what can be done with it.
    private bool MayFetch => Layer is { Mode: LayerMode.On } && _downloaders is not null && Layer.Settings.Current.PrefetchMode != LayerMode.Off;

    /// <summary>What runs.</summary>
    public IReadOnlyList<PrefetchItem> Running => _queue.Running;

    /// <summary>Announces a download. Returns at once and never throws.</summary>
    /// <param name="request">What is to come.</param>
    /// <param name="whenIdle">Whether it is for a warmer.</param>
    /// <param name="maxBytes">The most that may come.</param>
    /// <param name="stored">Is told the entry and its bytes, if it was stored.</param>
    public PrefetchTicket Announce(PrefetchRequest request, bool whenIdle = false, long? maxBytes = null, Action<string, long>? stored = null) =>
        Announce(request, key => new PrefetchItem(request, key, Interlocked.Increment(ref _serial)) { AnnouncedAt = Layer.Time.GetUtcNow(), WhenIdle = whenIdle, MaxBytes = maxBytes }, stored);

    /// <summary>A job downloaded this, and may want it again.</summary>
    public void Remember(DownloadRequest request, object? downloaderKey, TimeSpan cost)
    {
        if (!MayFetch)
        {
            Remembered.Clear();
        }
        else if (request.Use == CacheUse.Use)
        {
            Remembered.Add(request, downloaderKey, cost);
        }
    }

    /// <summary>A retry is known to come: its source is fetched again where it went, and something that is made of it is missing.</summary>
    public void ExpectRetry(string jobId, DateTimeOffset at)
    {
        if (!MayFetch || Remembered.Of(jobId) is not { } last)
        {
            return;
        }

        var now = Layer.Time.GetUtcNow();
        var early = last.Cost + EarlyForRetry;
        var request = new PrefetchRequest(last.Request with { PartialPath = null })
        {
            Priority = PrefetchPriority.Retry,
            DownloaderKey = last.DownloaderKey,
            NotBefore = at - DateTimeOffset.MinValue > early && at - early > now ? at - early : now,
        };
        Withdraw(item => item.Request.Priority == PrefetchPriority.Retry && item.JobId == jobId);
        Announce(request, key => new PrefetchItem(request, key, Interlocked.Increment(ref _serial)) { AnnouncedAt = now, IsNeeded = token => LacksProfileAsync(jobId, token) }, null);
    }

    /// <summary>Takes in what becomes of jobs: what was announced for one that ended is no longer wanted.</summary>
    public void Observe(CacheEvent cacheEvent)
    {
        if (cacheEvent.Kind is not (CacheEventKind.JobCompleted or CacheEventKind.JobAbandoned))
        {
            return;
        }

        var job = cacheEvent.JobHash;
        Remembered.Forget(job);
        if (!_queue.IsEmpty)
        {
            // Not here: whoever tells this holds the lock of all jobs, and what is said of it is said to the worker's logger.
            _apart.Queue(() => Withdraw(item => item.JobId is { } id && NameHash.Of(id) == job));
        }
    }

    /// <summary>Done when all that was announced so far has its place in the queue.</summary>
    public Task WeighedAsync()
    {
        lock (_beginning)
        {
            return _weighing;
        }
    }

    /// <summary>Nothing begins any more; what a job has joined goes on, all else ends.</summary>
    public void Stop()
    {
        foreach (var item in _queue.Stop())
        {
            _attempts.Complete(item, new PrefetchEnd(PrefetchOutcome.Cancelled, "the cache stops"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        Stop();
        _queue.Abort();
        Task[] attempts;
        lock (_beginning)
        {
            attempts = [.. _running, _weighing];
        }

        await Task.WhenAll(attempts).WaitAsync(PatienceAtTheEnd).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Layer.Stages.Changed = null;
        _timer?.Dispose();
    }

    private PrefetchTicket Announce(PrefetchRequest request, Func<SourceKey, PrefetchItem> make, Action<string, long>? stored)
    {
        if (!MayFetch || request.Download.Use != CacheUse.Use || _store.KeyOf(request.Download) is not { } key)
        {
            PrefetchReport.NotAllowed(Layer, request);
            return new PrefetchTicket(Task.FromResult(PrefetchOutcome.NotAllowed));
        }

        var item = make(key);
        item.Stored = stored;
        if (Admit(item) is not { } admitted)
        {
            _attempts.Complete(item, new PrefetchEnd(PrefetchOutcome.NoRoom, "too many downloads are announced"));
            return new PrefetchTicket(item.Completion);
        }

        var ticket = new PrefetchTicket(admitted.Completion, () => GiveUpAsync(admitted));
        if (admitted != item)
        {
            return ticket;
        }

        if (Layer.Settings.Current.PrefetchMode == LayerMode.Observe || request.Priority == PrefetchPriority.Popular)
        {
            // What the disk knows of it is asked for beside whoever announces it.
            var weighing = WorkApart.Run(() => WeighAsync(item));
            lock (_beginning)
            {
                _weighing = Task.WhenAll(_weighing, weighing);
            }
        }
        else
        {
            Enqueue(item);
        }

        return ticket;
    }

    private PrefetchItem? Admit(PrefetchItem item)
    {
        if (_queue.Admit(item) is { } admitted)
        {
            return admitted;
        }

        _attempts.DropWhatMayNot();
        return _queue.Admit(item);
    }

    private async Task WeighAsync(PrefetchItem item)
    {
        try
        {
            Subject.Current = new Subject(item.Request.Download.JobId, Key: item.Key.Name);
            if (Layer.Settings.Current.PrefetchMode == LayerMode.Observe)
            {
                await ObserveAsync(item).ConfigureAwait(false);
                return;
            }

            item.Density = await _density(item.Key, CancellationToken.None).ConfigureAwait(false) ?? 1;
        }
        catch (Exception exception)
        {
            Layer.Boundary.Report("prefetch", exception);
        }

        Enqueue(item);
    }

    private async Task ObserveAsync(PrefetchItem item)
    {
        var found = await _store.FindAsync(item.Key, item.Request.Download.ExpectedLength, CacheOutcome.Hit, CancellationToken.None).ConfigureAwait(false);
        await Layer.ReleaseAsync(found.Lease).ConfigureAwait(false);
        if (found.Lease is null)
        {
            PrefetchReport.Observed(Layer, item);
        }

        _attempts.Complete(item, new PrefetchEnd(found.Lease is null ? PrefetchOutcome.NotAllowed : PrefetchOutcome.AlreadyThere, "observing"));
    }

    private void Enqueue(PrefetchItem item)
    {
        Layer.Stages.Changed ??= MakeWay;
        if (_queue.Add(item))
        {
            Begin();
        }
        else
        {
            _attempts.Complete(item, new PrefetchEnd(PrefetchOutcome.Cancelled, item.IsWithdrawn ? "no longer wanted" : "the cache stops"));
        }
    }

    private void MakeWay()
    {
        if (!_queue.IsEmpty)
        {
            _queue.MakeWay();
            _apart.Queue(Begin);
        }
    }

    private void Begin() => _apart.Do(BeginWhatMay);

    // Looks what may begin, and sets the timer for what may later.
    private void BeginWhatMay()
    {
        _attempts.DropWhatMayNot();
        lock (_beginning)
        {
            var begun = _queue.Begin(out var next);
            foreach (var item in begun)
            {
                var running = item.Running!;
                var attempt = WorkApart.Run(() => _attempts.RunAsync(item, running));
                _running.Add(attempt);
                _ = attempt.ContinueWith(Ended, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }

            if (next is { } due)
            {
                _timer ??= WorkApart.NewTimer(Layer.Time, Look);
                _timer.Change(due < TimeSpan.Zero ? TimeSpan.Zero : due < LongestTimer ? due : LongestTimer, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Ended(Task attempt)
    {
        lock (_beginning)
        {
            _running.Remove(attempt);
        }

        _apart.Queue(Begin);
    }

    // A job in another process may have asked for what waits here.
    private void Look() => _apart.Queue(() => _ = LookAsync());

    private async Task LookAsync()
    {
        foreach (var item in _queue.Held)
        {
            await _attempts.LookAsync(item).ConfigureAwait(false);
        }

        _apart.Queue(Begin);
    }

    private async ValueTask GiveUpAsync(PrefetchItem item)
    {
        if (_queue.LetGo(item))
        {
            Withdraw(one => one == item);
            await _attempts.UnprotectAsync(item).ConfigureAwait(false);
        }
    }

    private void Withdraw(Func<PrefetchItem, bool> isIt)
    {
        foreach (var item in _queue.Withdraw(isIt))
        {
            _attempts.Complete(item, new PrefetchEnd(PrefetchOutcome.Cancelled, "no longer wanted"));
        }

        Begin();
    }

    private void Released(Func<PrefetchItem, bool> isIt)
    {
        if (_queue.Release(isIt))
        {
            _apart.Queue(Begin);
        }
    }

    private async ValueTask<bool> LacksProfileAsync(string jobId, CancellationToken cancellationToken)
    {
        // An upload begins when all profiles are made. Before that at least one is missing, and nobody here knows its name.
        if (await _jobs.LoadAsync(jobId, cancellationToken).ConfigureAwait(false) is not { Attempts: > 0 } state)
        {
            return true;
        }

        return await _profiles.Boundary.AttemptAsync("find", false, _ => state.ProfileEntries.Any(entry => !_profiles.Entries.Exists(entry)), cancellationToken).ConfigureAwait(false);
    }
}
