namespace SmartCache.Eviction;

/// <summary>When counts are halved, so that what was often used long ago does not stay for ever.</summary>
internal sealed class HalvingClock
{
    public static readonly TimeSpan HalfLife = TimeSpan.FromDays(28);

    /// <summary>When they were last halved, or first used.</summary>
    public DateTimeOffset? Last { get; set; }

    /// <returns>What to multiply the counts with; <see langword="null"/> where it is not yet time.</returns>
    public double? FactorAt(DateTimeOffset now)
    {
        // The first event, or a clock that was set back.
        if (Last is not { } since || now < since)
        {
            Last = now;
            return null;
        }

        var times = Math.Floor((now - since) / HalfLife);
        if (times < 1)
            return null;
        Last = now - TimeSpan.FromTicks((now - since).Ticks % HalfLife.Ticks);
        return Math.Pow(0.5, times);
    }
}
