using SmartCache.Configuration;

namespace SmartCache.Simulation;

/// <summary>
/// Workers with a queue that never ends: each job begins when a worker is free, and a hit really saves its time. Retries go to the front when they are due. With sources of
/// queued jobs fetched ahead, each at its origin's own speed.
/// </summary>
internal sealed class ClosedLoop
{
    private readonly ClosedLoopOptions _options;
    private readonly SimulatedCache _cache;
    private readonly PriorityQueue<Action, (DateTimeOffset, long)> _events = new();
    private readonly LinkedList<(SimulatedJob Job, int Attempt)> _queue = new();
    private readonly HashSet<SimulatedJob> _vanishing = [];
    private readonly HashSet<(string, string)> _asked = [];
    private readonly Dictionary<string, AheadFetch> _running = [];
    private readonly Dictionary<string, long> _waiting = [];
    private readonly ClosedLoopResult _result = new();
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;
    private long _sequence;
    private int _freeWorkers;
    private int _pausing;

    private ClosedLoop(IEnumerable<SimulatedJob> jobs, ClosedLoopOptions options)
    {
        (_options, _freeWorkers) = (options, options.Workers);
        _cache = new SimulatedCache(options.Capacity, options.Policy.Make(), options.Policy.ProtectsJobs);
        var random = new Random(5);
        foreach (var job in jobs.Take(options.Jobs))
        {
            _queue.AddLast((job, 0));
            if (random.NextDouble() < options.Vanish)
                _vanishing.Add(job);
        }
    }

    public static ClosedLoopResult Run(IEnumerable<SimulatedJob> jobs, ClosedLoopOptions options) => new ClosedLoop(jobs, options).Run();

    private ClosedLoopResult Run()
    {
        Begin();
        while (_events.TryDequeue(out var happen, out var at))
        {
            _now = at.Item1;
            happen();
            Begin();
        }

        return _result;
    }

    private void After(TimeSpan time, Action happen) => _events.Enqueue(happen, (_now + time, _sequence++));

    private void Begin()
    {
        while (_freeWorkers > 0 && _queue.First is { Value: var (job, attempt) })
        {
            _queue.RemoveFirst();
            if (attempt == 0 && _vanishing.Contains(job))
            {
                Vanish(job.Attempts[0].Source?.Key);
                continue;
            }

            _freeWorkers--;
            Tell(CacheEventKind.JobStarted, job);
            Request(job, attempt, 0);
        }

        FetchAhead();
    }

    private void Request(SimulatedJob job, int attempt, int number)
    {
        var requests = job.Attempts[attempt].Requests;
        if (number == requests.Count)
        {
            Transfer(job.Attempts[attempt].Upload, _options.DuringTransfers == DuringTransfers.Pause, () => End(job, attempt));
            return;
        }

        var e = requests[number] with { Time = _now };
        var scaled = e.EntryKind == EntryKind.Profile ? _options.EncodeScale : 1;
        e = e with { CostSeconds = e.CostSeconds * scaled };
        var took = TakeTime(e);
        if (e.EntryKind == EntryKind.Source && took > TimeSpan.Zero)
        {
            _result.Waited += took;
            Transfer(took, _options.DuringTransfers != DuringTransfers.Share, () => Request(job, attempt, number + 1));
        }
        else
        {
            After(took, () => Request(job, attempt, number + 1));
        }
    }

    // What it takes the job to have this.
    private TimeSpan TakeTime(in CacheEvent e)
    {
        var key = e.Key!;
        var joined = _running.Remove(key, out var running);
        _cache.Observe(e);
        var hit = _cache.Request(e).Hit;
        if (!_asked.Add((e.JobId!, key)))
            _result.Retries.Add(e, hit);
        if (joined)
        {
            running!.Set(_now, paused: true);
            Fetched(running, used: true);
            return running.Left;
        }

        if (_waiting.Remove(key, out var bytes) && hit)
            _result.Used += bytes;
        return hit ? TimeSpan.Zero : TimeSpan.FromSeconds(e.CostSeconds ?? 0);
    }

    private void End(SimulatedJob job, int attempt)
    {
        _freeWorkers++;
        var ended = job.Attempts[attempt];
        if (ended.End != CacheEventKind.RetryExpected || attempt + 1 == job.Attempts.Count)
        {
            Tell(ended.End == CacheEventKind.RetryExpected ? CacheEventKind.JobAbandoned : ended.End, job);
            _result.Jobs++;
            _result.Span = _now - DateTimeOffset.UnixEpoch;
            return;
        }

        _cache.Observe(new CacheEvent(CacheEventKind.RetryExpected, _now) { JobId = job.Id, RetryAt = _now + ended.Delay });
        After(ended.Delay, () => _queue.AddFirst((job, attempt + 1)));
    }

    private void Tell(CacheEventKind kind, SimulatedJob job) => _cache.Observe(new CacheEvent(kind, _now) { JobId = job.Id });

    private void Transfer(TimeSpan time, bool pauses, Action then)
    {
        SetPausing(pauses ? 1 : 0);
        After(time, () =>
        {
            SetPausing(pauses ? -1 : 0);
            then();
        });
    }

    private void SetPausing(int change)
    {
        _pausing += change;
        foreach (var fetch in _running.Values.Where(_ => change != 0))
            Schedule(fetch);
    }

    private void FetchAhead()
    {
        var position = 0;
        foreach (var (job, attempt) in _queue)
        {
            if (position++ >= _options.Ahead || _running.Count >= _options.Parallel)
                return;
            if (job.Attempts[attempt].Source is { } source && !_running.ContainsKey(source.Key!) && !_cache.Contains(source.Key!))
                Fetch(source with { Time = _now, JobId = job.Id });
        }
    }

    private void Fetch(CacheEvent source)
    {
        foreach (var gone in _waiting.Keys.Where(key => !_cache.Contains(key)).ToList())
            _waiting.Remove(gone);
        var held = _waiting.Values.Sum() + _running.Values.Sum(static one => one.Source.Size) + source.Size;
        if (held > _options.Capacity * _options.MaxShare || !_cache.TryReserve(source))
        {
            _result.NoRoom++;
            return;
        }

        var fetch = new AheadFetch(source, TimeSpan.FromSeconds(source.CostSeconds ?? 0));
        _running.Add(source.Key!, fetch);
        Schedule(fetch);
    }

    private void Schedule(AheadFetch fetch)
    {
        fetch.Set(_now, _pausing > 0);
        if (fetch.IsPaused)
            return;
        var version = fetch.Version;
        After(fetch.Left, () =>
        {
            if (fetch.Version == version && _running.GetValueOrDefault(fetch.Source.Key!) == fetch)
                Complete(fetch);
        });
    }

    private void Complete(AheadFetch fetch)
    {
        fetch.Set(_now, paused: true);
        _running.Remove(fetch.Source.Key!);
        Fetched(fetch, used: false);
        if (_cache.TryStore(fetch.Source with { Time = _now, JobId = null }))
            _waiting[fetch.Source.Key!] = fetch.Source.Size;
    }

    private void Fetched(AheadFetch fetch, bool used)
    {
        var bytes = fetch.Source.Size * fetch.FetchedShare;
        _result.Fetched += bytes;
        if (used)
            _result.Used += bytes;
    }

    private void Vanish(string? key)
    {
        if (key is null)
            return;
        if (_running.Remove(key, out var fetch))
        {
            fetch.Set(_now, paused: true);
            Fetched(fetch, used: false);
        }

        _cache.Forsake(key);
    }
}
