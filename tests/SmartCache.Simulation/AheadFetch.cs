namespace SmartCache.Simulation;

/// <summary>A download ahead that runs, or waits.</summary>
internal sealed class AheadFetch(CacheEvent source, TimeSpan left)
{
    public CacheEvent Source => source;

    public TimeSpan Left { get; private set; } = left;

    public bool IsPaused { get; private set; }

    /// <summary>Counts its beginnings, so that an end that was foreseen before a pause is none.</summary>
    public int Version { get; private set; }

    private DateTimeOffset Since { get; set; }

    public double FetchedShare => source.CostSeconds is > 0 and var cost ? 1 - (Left.TotalSeconds / cost) : 1;

    /// <summary>Goes on or stops at this time.</summary>
    public void Set(DateTimeOffset now, bool paused)
    {
        if (Version > 0 && !IsPaused)
            Left = TimeSpan.FromTicks(Math.Max(0, (Left - (now - Since)).Ticks));
        (Since, IsPaused) = (now, paused);
        Version++;
    }
}
