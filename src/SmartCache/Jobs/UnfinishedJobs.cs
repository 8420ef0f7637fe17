using SmartCache.Eviction;

namespace SmartCache.Jobs;

/// <summary>
/// Which unfinished job asked for which entries. Learns it from the events, which it passes on, so that the simulator and the library share it.
/// Bounded: jobs beyond <see cref="MaxJobs"/> push out the one that has been silent longest, entries beyond
/// <see cref="MaxKeysPerJob"/> are not protected. Its loss costs only quality. Thread-safe.
/// </summary>
/// <remarks>
/// A job that is silent beyond the protection period has most probably ended without anyone saying so: its entries are
/// released as if it had finished, or what popular entries are worth would shrink with every lost end. Until it is older
/// than an unfinished job can be it is remembered, so that it counts only once if it comes back.
/// </remarks>
/// <param name="maxJobAge">How long a job is remembered after its last sign of life.</param>
/// <param name="told">Is told each event, and after it what it set free. One at a time.</param>
internal sealed class UnfinishedJobs(TimeSpan maxJobAge, Action<CacheEvent> told)
{
    public const int MaxJobs = 1024;
    public const int MaxKeysPerJob = 64;

    private static readonly TimeSpan Period = JobProtection.Default.Period;
    private static readonly TimeSpan ExpiryInterval = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, LiveJob> _jobs = [];
    private readonly Dictionary<ulong, List<LiveJob>> _users = [];
    private readonly List<CacheEvent> _released = [];
    private DateTimeOffset _expiredAt;

    public int Count => _jobs.Count;

    public void Observe(CacheEvent cacheEvent)
    {
        lock (_gate)
        {
            _released.Clear();
            Expire(cacheEvent.Time);
            if (cacheEvent.JobHash != 0)
                cacheEvent = Learn(cacheEvent);
            told(cacheEvent);
            foreach (var released in _released)
                told(released);
        }
    }

    /// <summary>Something was fetched ahead for a job: it protects the entry, without having asked for it.</summary>
    public void Announce(ulong job, ulong key, DateTimeOffset now)
    {
        lock (_gate)
        {
            var live = Touch(job, now);
            if (live.Announced.Count < MaxKeysPerJob && !live.Keys.ContainsKey(key) && live.Announced.Add(key))
                AddUser(key, live);
        }
    }

    /// <summary>The job is not expected to ask for it any more.</summary>
    public void Withdraw(ulong job, ulong key)
    {
        lock (_gate)
        {
            if (!_jobs.TryGetValue(job, out var live) || !live.Announced.Remove(key))
                return;
            RemoveUser(key, live);
            if (live is { Keys.Count: 0, Announced.Count: 0, Counted: false })
                _jobs.Remove(job);
        }
    }

    /// <summary>Adds what is known of their jobs to what the candidates say already; the more protective of the two counts.</summary>
    public void Annotate(Span<EvictionCandidate> candidates, DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (ref var candidate in candidates)
            {
                if (!_users.TryGetValue(candidate.KeyHash, out var jobs))
                    continue;
                var protectedUntil = candidate.ProtectedUntil;
                foreach (var job in jobs)
                {
                    // As Expire does at the next event, which may be long in coming.
                    if (job.AliveAt > now + maxJobAge)
                        job.AliveAt = now;
                    if (job.AliveAt + Period > protectedUntil)
                        protectedUntil = job.AliveAt + Period;
                }

                var known = candidate.Jobs ?? [];
                var ids = new ulong[known.Length + jobs.Count];
                known.CopyTo(ids, 0);
                for (var i = 0; i < jobs.Count; i++)
                    ids[known.Length + i] = jobs[i].Id;

                candidate = candidate with
                {
                    UnfinishedJobs = Math.Max(candidate.UnfinishedJobs, jobs.Count),
                    Jobs = ids,
                    ProtectedUntil = protectedUntil,
                };
            }
        }
    }

    /// <returns>The event, with what only this one knows of its job.</returns>
    private CacheEvent Learn(in CacheEvent e)
    {
        switch (e.Kind)
        {
            case CacheEventKind.JobCompleted:
            case CacheEventKind.JobAbandoned:
                if (_jobs.Remove(e.JobHash, out var ended))
                    Release(ended, e.Time, e.Kind == CacheEventKind.JobCompleted);
                break;
            case CacheEventKind.Requested:
                var asking = Touch(e.JobHash, e.Time);
                Use(asking, e.KeyHash, e.EntryKind);
                return e with { AfterSilence = asking.Silent?.Remove(e.KeyHash) ?? false, IsOfKnownVideo = IsOfKnownVideo(asking, e.VideoHash) };
            case CacheEventKind.RetryExpected:
                var job = Touch(e.JobHash, e.Time);
                // Never further away than an unfinished job is remembered.
                var retry = e.RetryAt is { } at && at < e.Time + maxJobAge ? at : e.Time;
                if (retry > job.AliveAt)
                    job.AliveAt = retry;
                break;
            case CacheEventKind.JobStarted:
            case CacheEventKind.JobActive:
                Touch(e.JobHash, e.Time);
                break;
        }

        return e;
    }

    private static bool IsOfKnownVideo(LiveJob job, ulong video) => video != 0 && (job.Videos.Contains(video) || (job.Videos.Count < MaxKeysPerJob && !job.Videos.Add(video)));

    private LiveJob Touch(ulong id, DateTimeOffset time)
    {
        if (!_jobs.TryGetValue(id, out var job))
        {
            if (_jobs.Count >= MaxJobs)
                Forget(_jobs.Values.MinBy(static candidate => candidate.AliveAt)!, time);
            job = new LiveJob(id);
            _jobs.Add(id, job);
        }

        job.NoteSilence(time);
        job.AliveAt = time;
        if (job.Lapsed)
        {
            job.Lapsed = false;
            foreach (var key in job.Keys.Keys)
                AddUser(key, job);
        }

        return job;
    }

    private void Use(LiveJob job, ulong key, EntryKind kind)
    {
        var wasAnnounced = job.Announced.Remove(key);
        if (key != 0 && job.Keys.Count < MaxKeysPerJob && job.Keys.TryAdd(key, kind))
        {
            if (!wasAnnounced)
                AddUser(key, job);
        }
        else if (wasAnnounced)
        {
            RemoveUser(key, job);
        }
    }

    private void AddUser(ulong key, LiveJob job)
    {
        if (!_users.TryGetValue(key, out var users))
            _users.Add(key, users = new List<LiveJob>(1));
        users.Add(job);
    }

    private void RemoveUser(ulong key, LiveJob job)
    {
        if (!_users.TryGetValue(key, out var users))
            return;
        users.Remove(job);
        if (users.Count == 0)
            _users.Remove(key);
    }

    private void Forget(LiveJob job, DateTimeOffset time)
    {
        _jobs.Remove(job.Id);
        Release(job, time, finished: false);
    }

    private void Release(LiveJob job, DateTimeOffset time, bool finished)
    {
        if (job.Lapsed)
            return;
        job.NoteSilence(time);

        // Nobody asked for these: the policy is told nothing.
        foreach (var key in job.Announced)
            RemoveUser(key, job);
        job.Announced.Clear();
        foreach (var (key, kind) in job.Keys)
        {
            var users = _users[key];
            users.Remove(job);
            if (users.Count == 0)
                _users.Remove(key);
            _released.Add(new CacheEvent(CacheEventKind.EntryReleased, time)
            {
                KeyHash = key,
                EntryKind = kind,
                UnfinishedJobs = users.Count,
                JobFinished = finished && !job.Counted,
                AfterSilence = job.Silent?.Contains(key) ?? false,
            });
        }

        job.Silent?.Clear();
    }

    private void Expire(DateTimeOffset now)
    {
        // Also when the clock was set back.
        if (now >= _expiredAt && now < _expiredAt + ExpiryInterval)
            return;
        _expiredAt = now;
        foreach (var job in _jobs.Values.ToList())
        {
            if (job.AliveAt < now - maxJobAge)
                Forget(job, now);
            else if (job.AliveAt > now + maxJobAge)
                job.AliveAt = now; // A clock that was wrong once must not protect for years.
            else if (!job.Lapsed && job.AliveAt < now - Period)
                Lapse(job, now);
        }
    }

    private void Lapse(LiveJob job, DateTimeOffset now)
    {
        // One that was only announced has not counted, and will when it comes.
        var counts = job.Keys.Count > 0;
        Release(job, now, finished: true);
        (job.Lapsed, job.Counted) = (true, job.Counted || counts);
    }
}
