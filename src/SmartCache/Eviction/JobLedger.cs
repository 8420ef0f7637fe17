using System.Globalization;

namespace SmartCache.Eviction;

/// <summary>
/// Which unfinished job asked for which entries. Learns it from the events, so that the simulator and the library share it.
/// Bounded: jobs beyond <see cref="MaxJobs"/> push out the one that has been silent longest, entries beyond
/// <see cref="MaxKeysPerJob"/> are not protected. Its loss costs only quality.
/// <para>
/// A job that is silent beyond the protection period has most probably ended without anyone saying so: its entries are
/// released as if it had finished, or what popular entries are worth would shrink with every lost end. Until it is older
/// than an unfinished job can be it is remembered, so that it counts only once if it comes back.
/// </para>
/// </summary>
internal sealed class JobLedger(TimeSpan period, TimeSpan maxJobAge)
{
    public const int MaxJobs = 1024;
    public const int MaxKeysPerJob = 64;

    private static readonly TimeSpan ExpiryInterval = TimeSpan.FromMinutes(10);

    private readonly Dictionary<ulong, LedgerJob> _jobs = [];
    private readonly Dictionary<ulong, List<LedgerJob>> _users = [];
    private DateTimeOffset _expiredAt;

    public int JobCount => _jobs.Count;

    /// <summary>Takes an event in, and adds to <paramref name="released"/> what it set free.</summary>
    public void Observe(in CacheEvent e, List<CacheEvent> released)
    {
        Expire(e.Time, released);
        if (e.JobHash == 0)
            return;
        switch (e.Kind)
        {
            case CacheEventKind.JobCompleted:
            case CacheEventKind.JobAbandoned:
                if (_jobs.Remove(e.JobHash, out var ended))
                    Release(ended, e.Time, e.Kind == CacheEventKind.JobCompleted, released);
                break;
            case CacheEventKind.Requested:
                Use(Touch(e, released), e);
                break;
            case CacheEventKind.RetryExpected:
                var job = Touch(e, released);
                // Never further away than an unfinished job is remembered.
                var retry = e.RetryAt is { } at && at < e.Time + maxJobAge ? at : e.Time;
                if (retry > job.AliveAt)
                    job.AliveAt = retry;
                break;
            case CacheEventKind.JobStarted:
            case CacheEventKind.JobActive:
                Touch(e, released);
                break;
        }
    }

    /// <summary>Adds what the ledger knows to what the candidate says already; the more protective of the two counts.</summary>
    public void Annotate(ref EvictionCandidate candidate, DateTimeOffset now)
    {
        if (!_users.TryGetValue(candidate.KeyHash, out var jobs))
            return;
        candidate.UnfinishedJobs = Math.Max(candidate.UnfinishedJobs, jobs.Count);
        candidate.Jobs = [.. candidate.Jobs ?? [], .. jobs.Select(static job => job.Id)];
        foreach (var job in jobs)
        {
            // As Expire does at the next event, which may be long in coming.
            if (job.AliveAt > now + maxJobAge)
                job.AliveAt = now;
            if (job.AliveAt + period > candidate.ProtectedUntil)
                candidate.ProtectedUntil = job.AliveAt + period;
        }
    }

    public List<LedgerJobState> Save() =>
        [.. _jobs.Values.Select(job => new LedgerJobState
        {
            Job = Hex(job.Id),
            AliveAt = job.AliveAt,
            Lapsed = job.Lapsed,
            Counted = job.Counted,
            Sources = [.. job.Keys.Where(key => key.Value == EntryKind.Source).Select(key => Hex(key.Key))],
            Profiles = [.. job.Keys.Where(key => key.Value == EntryKind.Profile).Select(key => Hex(key.Key))],
        })];

    /// <summary>Adds what an earlier process knew. What this one has learned since is newer and stays; what makes no sense is left out.</summary>
    public void Load(IEnumerable<LedgerJobState?> states)
    {
        foreach (var state in states.Take(MaxJobs - _jobs.Count))
        {
            if (state is null || !TryHex(state.Job, out var id) || _jobs.ContainsKey(id))
                continue;
            // Far from the ends of the calendar, so that no sum overflows; the first event puts it right.
            var aliveAt = state.AliveAt.Year is > 2000 and < 9000 ? state.AliveAt : DateTimeOffset.UnixEpoch;
            var job = new LedgerJob(id) { AliveAt = aliveAt, Lapsed = state.Lapsed, Counted = state.Counted };
            _jobs.Add(id, job);
            AddKeys(job, state.Sources, EntryKind.Source);
            AddKeys(job, state.Profiles, EntryKind.Profile);
        }
    }

    private static string Hex(ulong hash) => hash.ToString("x16", CultureInfo.InvariantCulture);

    private static bool TryHex(string? text, out ulong hash) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out hash) && hash != 0;

    private void AddKeys(LedgerJob job, List<string>? keys, EntryKind kind)
    {
        foreach (var key in keys ?? [])
        {
            if (TryHex(key, out var hash))
                Use(job, hash, kind);
        }
    }

    private LedgerJob Touch(in CacheEvent e, List<CacheEvent> released)
    {
        if (!_jobs.TryGetValue(e.JobHash, out var job))
        {
            if (_jobs.Count >= MaxJobs)
                Forget(_jobs.Values.MinBy(candidate => candidate.AliveAt)!, e.Time, released);
            job = new LedgerJob(e.JobHash);
            _jobs.Add(e.JobHash, job);
        }

        job.AliveAt = e.Time;
        if (job.Lapsed)
        {
            job.Lapsed = false;
            foreach (var key in job.Keys.Keys)
                AddUser(key, job);
        }

        return job;
    }

    private void Use(LedgerJob job, in CacheEvent e)
    {
        if (e.KeyHash != 0)
            Use(job, e.KeyHash, e.EntryKind);
    }

    private void Use(LedgerJob job, ulong key, EntryKind kind)
    {
        if (job.Keys.Count < MaxKeysPerJob && job.Keys.TryAdd(key, kind) && !job.Lapsed)
            AddUser(key, job);
    }

    private void AddUser(ulong key, LedgerJob job)
    {
        if (!_users.TryGetValue(key, out var users))
            _users.Add(key, users = new List<LedgerJob>(1));
        users.Add(job);
    }

    private void Forget(LedgerJob job, DateTimeOffset time, List<CacheEvent> released)
    {
        _jobs.Remove(job.Id);
        Release(job, time, finished: false, released);
    }

    private void Release(LedgerJob job, DateTimeOffset time, bool finished, List<CacheEvent> released)
    {
        if (job.Lapsed)
            return;
        foreach (var (key, kind) in job.Keys)
        {
            var users = _users[key];
            users.Remove(job);
            if (users.Count == 0)
                _users.Remove(key);
            released.Add(new CacheEvent(CacheEventKind.EntryReleased, time)
            {
                KeyHash = key,
                EntryKind = kind,
                UnfinishedJobs = users.Count,
                JobFinished = finished && !job.Counted,
            });
        }
    }

    private void Expire(DateTimeOffset now, List<CacheEvent> released)
    {
        // Also when the clock was set back.
        if (now >= _expiredAt && now < _expiredAt + ExpiryInterval)
            return;
        _expiredAt = now;
        foreach (var job in _jobs.Values.ToList())
        {
            if (job.AliveAt < now - maxJobAge)
                Forget(job, now, released);
            else if (job.AliveAt > now + maxJobAge)
                job.AliveAt = now; // A clock that was wrong once must not protect for years.
            else if (!job.Lapsed && job.AliveAt < now - period)
                Lapse(job, now, released);
        }
    }

    private void Lapse(LedgerJob job, DateTimeOffset now, List<CacheEvent> released)
    {
        Release(job, now, finished: true, released);
        (job.Lapsed, job.Counted) = (true, true);
    }
}
