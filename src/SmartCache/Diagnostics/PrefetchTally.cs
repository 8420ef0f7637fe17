namespace SmartCache.Diagnostics;

/// <summary>Running sums of what was fetched ahead.</summary>
internal sealed class PrefetchTally
{
    private long _fetched;
    private long _used;
    private long _wasted;
    private long _hiddenTicks;
    private long _pausedTicks;
    private long _observed;

    public PrefetchStatistics Read(long hits) => new()
    {
        Hits = hits,
        FetchedBytes = Interlocked.Read(ref _fetched),
        UsedBytes = Interlocked.Read(ref _used),
        WastedBytes = Interlocked.Read(ref _wasted),
        HiddenTime = TimeSpan.FromTicks(Interlocked.Read(ref _hiddenTicks)),
        PausedTime = TimeSpan.FromTicks(Interlocked.Read(ref _pausedTicks)),
        Observed = Interlocked.Read(ref _observed),
    };

    public void AddFetched(long bytes) => Interlocked.Add(ref _fetched, bytes);

    public void AddUsed(long bytes, TimeSpan hidden)
    {
        Interlocked.Add(ref _used, bytes);
        Interlocked.Add(ref _hiddenTicks, hidden.Ticks);
    }

    public void AddWasted(long bytes) => Interlocked.Add(ref _wasted, bytes);

    public void AddPaused(TimeSpan time) => Interlocked.Add(ref _pausedTicks, time.Ticks);

    public void CountObserved() => Interlocked.Increment(ref _observed);
}
