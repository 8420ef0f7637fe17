namespace SmartCache.Diagnostics;

/// <summary>Running sums of one layer.</summary>
internal sealed class LayerTally
{
    private readonly long[] _outcomes = new long[Enum.GetValues<CacheOutcome>().Length];
    private long _savedTicks;
    private long _savedBytes;
    private long _observedHits;
    private long _faults;
    private long _quarantined;
    private long _regrets;
    private long _regretTicks;
    private long _regretBytes;

    public TimeSpan SavedTime => TimeSpan.FromTicks(Interlocked.Read(ref _savedTicks));

    public long SavedBytes => Interlocked.Read(ref _savedBytes);

    public long ObservedHits => Interlocked.Read(ref _observedHits);

    public long Faults => Interlocked.Read(ref _faults);

    public long Quarantined => Interlocked.Read(ref _quarantined);

    public RegretStatistics Regret => new()
    {
        Entries = Interlocked.Read(ref _regrets),
        Time = TimeSpan.FromTicks(Interlocked.Read(ref _regretTicks)),
        Bytes = Interlocked.Read(ref _regretBytes),
    };

    /// <summary>For a tally of retries.</summary>
    public RetryStatistics Retries => new()
    {
        Hits = this[CacheOutcome.Hit],
        Joined = this[CacheOutcome.Joined],
        Prefetched = this[CacheOutcome.Prefetched],
        Misses = this[CacheOutcome.Miss],
        Bypasses = this[CacheOutcome.Bypass],
        SavedTime = SavedTime,
        SavedBytes = SavedBytes,
    };

    public long this[CacheOutcome outcome] => Interlocked.Read(ref _outcomes[(int)outcome]);

    public void Count(CacheOutcome outcome) => Interlocked.Increment(ref _outcomes[(int)outcome]);

    public void CountObservedHit() => Interlocked.Increment(ref _observedHits);

    public void CountFault() => Interlocked.Increment(ref _faults);

    public void CountQuarantined() => Interlocked.Increment(ref _quarantined);

    public void AddRegret(TimeSpan time, long bytes)
    {
        Interlocked.Increment(ref _regrets);
        Interlocked.Add(ref _regretTicks, time.Ticks);
        Interlocked.Add(ref _regretBytes, bytes);
    }

    public void AddSaved(TimeSpan time, long bytes)
    {
        Interlocked.Add(ref _savedTicks, time.Ticks);
        Interlocked.Add(ref _savedBytes, bytes);
    }
}
