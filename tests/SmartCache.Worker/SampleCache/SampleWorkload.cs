using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SmartCache.Abstractions;

namespace SmartCache.Worker.SampleCache;

/// <summary>
/// What a worker's cache might see in some weeks, the same at each run: videos come by day more than by night, some come back, uploads fail and jobs return, for two days, and
/// in the last hours, most uploads fail. Nothing is downloaded or encoded; the times are made up, and the entries that went are those that a cache of this size would have had to give.
/// </summary>
/// <param name="days">How long.</param>
/// <param name="jobsPerDay">How many jobs begin in a day.</param>
/// <param name="tail">What the names of jobs and profiles end with.</param>
internal sealed class SampleWorkload(int days, int jobsPerDay, string tail = "")
{
    public const long MaxSize = 60_000_000_000;

    public static readonly DateTimeOffset Start = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    private static readonly TimeSpan _maxAge = TimeSpan.FromDays(2.5);

    private static readonly (string Name, double Size, double Cost)[] _profiles = [("1080p", 0.42, 1.0), ("720p", 0.22, 0.55), ("480p", 0.1, 0.3)];

    private readonly Random _random = new(17);
    private readonly PriorityQueue<SampleJob, (DateTimeOffset At, int Order)> _due = new();
    private readonly Dictionary<string, SampleEntry> _cache = [];
    private readonly Dictionary<string, (DateTimeOffset At, string Limit)> _gone = [];
    private readonly List<(long Bytes, double Download, double Encode)> _videos = [];
    private long _used;
    private int _order;

    public List<HistoryEvent> Events { get; } = [];

    public IReadOnlyCollection<SampleEntry> Entries => _cache.Values;

    public List<SampleJob> Jobs { get; } = [];

    public void Run()
    {
        for (var i = 0; i < days * jobsPerDay; i++)
        {
            var at = Start.AddDays((double)i / jobsPerDay);

            // More by day than by night.
            at = new DateTimeOffset(at.Date, TimeSpan.Zero).AddDays(Math.Pow(at.TimeOfDay.TotalDays, 0.8));
            Add(NewJob(i), at.AddMinutes(_random.Next(40)));
        }

        var end = Start.AddDays(days);
        var cleanUp = Start;
        while (_due.TryDequeue(out var job, out var due) && due.At < end)
        {
            for (; cleanUp < due.At; cleanUp = cleanUp.AddHours(6))
            {
                CleanUp(cleanUp);
            }

            Attempt(job, due.At);
        }

        Events.Sort(static (one, other) => one.Time.CompareTo(other.Time));
    }

    private SampleJob NewJob(int number)
    {
        var isNew = _videos.Count < 20 || _random.NextDouble() > 0.2;
        if (isNew)
        {
            _videos.Add(((long)(4e8 + (2.4e9 * Math.Pow(_random.NextDouble(), 2))), 60 + _random.Next(400), 700 + _random.Next(2600)));
        }

        // Who comes back was seen not long ago, mostly.
        var video = isNew ? _videos.Count - 1 : Math.Max(0, _videos.Count - 1 - (int)(_videos.Count * Math.Pow(_random.NextDouble(), 3)));
        var job = new SampleJob(string.Create(CultureInfo.InvariantCulture, $"video-{video:D4}-{number:D5}{tail}"), video, isNew || _random.NextDouble() > 0.3 ? 0 : 1);
        Jobs.Add(job);
        return job;
    }

    private void Add(SampleJob job, DateTimeOffset at) => _due.Enqueue(job, (at, _order++));

    private void Attempt(SampleJob job, DateTimeOffset at)
    {
        job.Attempts++;
        job.RetryAt = null;
        Happened(new HistoryEvent { Kind = HistoryEventKind.JobStarted, Job = Digits(job) }, at);
        var video = _videos[job.Video];
        var content = Hash($"video {job.Video}");
        at = Get(job, new SampleEntry(content[..32], EntryKind.Source, null, content, video.Bytes, video.Download), at);
        foreach (var (name, size, cost) in _profiles)
        {
            var recipe = Hash($"{name} {job.Preset}");
            at = Get(job, new SampleEntry($"{content[..32]}_{recipe[..32]}", EntryKind.Profile, name + tail, content, (long)(video.Bytes * size), video.Encode * cost), at);
        }

        Upload(job, at, (long)(video.Bytes * 0.74));
    }

    private DateTimeOffset Get(SampleJob job, SampleEntry wanted, DateTimeOffset at)
    {
        var chance = _random.NextDouble();
        var isThere = _cache.TryGetValue(wanted.Name, out var found) && chance > 0.008;
        var seconds = isThere ? 0.2 : wanted.CostSeconds;
        var reason = isThere ? CacheReason.None : found is not null ? CacheReason.RefreshAsked : _gone.ContainsKey(wanted.Name) ? CacheReason.NoLongerCached : CacheReason.NotCached;
        var isStored = isThere || chance < 0.985;
        at = at.AddSeconds(seconds);
        Happened(Of(HistoryEventKind.Requested, wanted, job) with
        {
            Key = wanted.Name,
            Entry = null,
            Outcome = isThere ? CacheOutcome.Hit : CacheOutcome.Miss,
            Reason = isStored ? reason : wanted.Kind == EntryKind.Source ? CacheReason.Refused : CacheReason.DurationUnknown,
            Duration = TimeSpan.FromSeconds(seconds),
        }, at);
        if (isStored)
        {
            Happened(Of(HistoryEventKind.Used, wanted, job), at);
            Keep(job, found ?? Store(wanted, at), at);
        }

        return at;
    }

    private static void Keep(SampleJob job, SampleEntry entry, DateTimeOffset at)
    {
        entry.LastUse = at;
        entry.Jobs.Add(job.Id);
        job.Entries.Add(entry);
    }

    private SampleEntry Store(SampleEntry made, DateTimeOffset at)
    {
        foreach (var victim in _cache.Values.OrderBy(static entry => entry.Jobs.Count > 0).ThenBy(static entry => entry.LastUse).ToList())
        {
            if (_used + made.Bytes <= MaxSize)
            {
                break;
            }

            Take(victim, HistoryEventKind.Evicted, "MaxSize", at);
        }

        var stored = made with { Created = at, LastUse = at };
        Happened(Of(HistoryEventKind.Stored, stored, null), at);
        if (_gone.Remove(made.Name, out var gone))
        {
            Happened(Of(HistoryEventKind.Regretted, stored, null) with { Limit = gone.Limit, Policy = gone.Limit == "MaxSize" ? "LRU" : null, Duration = at - gone.At }, at);
        }

        _cache.Add(stored.Name, stored);
        _used += stored.Bytes;
        return stored;
    }

    private void Take(SampleEntry entry, HistoryEventKind kind, string limit, DateTimeOffset at)
    {
        _cache.Remove(entry.Name);
        _gone[entry.Name] = (at, limit);
        _used -= entry.Bytes;
        Happened(Of(kind, entry, null) with { Limit = limit, Policy = kind == HistoryEventKind.Evicted ? "LRU" : null, Duration = at - entry.LastUse }, at);
    }

    private void Upload(SampleJob job, DateTimeOffset at, long bytes)
    {
        var sinceOutage = at - Start.AddDays(days * 0.4);
        var isOutage = sinceOutage >= TimeSpan.Zero && sinceOutage < TimeSpan.FromDays(2) || at > Start.AddDays(days).AddHours(-8);
        var fails = _random.NextDouble() < (isOutage ? 0.8 : 0.22);
        var isResumed = job.FilesSent > 60;
        var seconds = fails ? 90 : isResumed ? 30 : 240;
        at = at.AddSeconds(seconds);
        job.FilesSent = fails ? Math.Min(118, job.FilesSent + 20 + _random.Next(50)) : 120;
        job.LastActivity = at;
        Happened(new HistoryEvent
        {
            Kind = HistoryEventKind.Requested,
            Layer = "uploads",
            Key = Hash($"tree {job.Video} {job.Preset}")[..32],
            Job = Digits(job),
            Outcome = !fails && isResumed ? CacheOutcome.Hit : CacheOutcome.Miss,
            Reason = !fails && isResumed ? CacheReason.None : CacheReason.NotCached,
            Duration = TimeSpan.FromSeconds(seconds),
            Cost = TimeSpan.FromSeconds(240),
            Bytes = bytes,
            Failure = fails ? "HttpRequestException" : null,
        }, at);
        End(job, fails, at);
    }

    private void End(SampleJob job, bool fails, DateTimeOffset at)
    {
        if (fails && job.Attempts < 12)
        {
            var wait = TimeSpan.FromMinutes(20 + _random.Next(90));
            Happened(new HistoryEvent { Kind = HistoryEventKind.RetryExpected, Job = Digits(job), Duration = wait }, at);
            job.RetryAt = at + wait;
            Add(job, at + wait);
            return;
        }

        job.Ended = true;
        Happened(new HistoryEvent { Kind = fails ? HistoryEventKind.JobAbandoned : HistoryEventKind.JobCompleted, Job = Digits(job) }, at);
        job.Entries.ForEach(entry => entry.Jobs.Remove(job.Id));
    }

    private void CleanUp(DateTimeOffset at)
    {
        var old = _cache.Values.Where(entry => entry.Jobs.Count == 0 && entry.LastUse < at - _maxAge).ToList();
        old.ForEach(entry => Take(entry, HistoryEventKind.Expired, "MaxAge", at));
        Happened(new HistoryEvent { Kind = HistoryEventKind.CleanedUp, Entries = old.Count, Bytes = _used, Duration = TimeSpan.FromSeconds(2) }, at);
        if (_random.NextDouble() < 0.03)
        {
            Happened(new HistoryEvent { Kind = HistoryEventKind.Faulted, Layer = "profiles", Operation = "Store", Failure = "IOException", Reason = CacheReason.Fault }, at);
        }
    }

    private void Happened(HistoryEvent happened, DateTimeOffset at) => Events.Add(happened with { Time = at });

    private static HistoryEvent Of(HistoryEventKind kind, SampleEntry entry, SampleJob? job) => new HistoryEvent
    {
        Kind = kind,
        Layer = entry.Layer,
        Entry = entry.Name,
        Job = job is null ? null : Digits(job),
        Profile = entry.Profile,
        Bytes = entry.Bytes,
        Cost = TimeSpan.FromSeconds(entry.CostSeconds),
    };

    private static string Digits(SampleJob job) => NameHash.TextOf(job.Id);

    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
