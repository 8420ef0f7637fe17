namespace SmartCache.Eviction;

/// <summary>Points in time as ranks.</summary>
internal static class RankTime
{
    /// <summary>Seconds since 1970: a double tells 0.3 µs apart there, where the ticks since the year 1 would blur 8 µs together.</summary>
    public static double SecondsOf(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / (double)TimeSpan.TicksPerSecond;
}
