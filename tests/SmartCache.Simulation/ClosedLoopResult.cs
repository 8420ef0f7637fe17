namespace SmartCache.Simulation;

/// <summary>What a <see cref="ClosedLoop"/> came to.</summary>
internal sealed class ClosedLoopResult
{
    public int Jobs { get; set; }

    public TimeSpan Span { get; set; }

    public HitCounts Retries { get; } = new();

    /// <summary>Time that jobs waited for downloads.</summary>
    public TimeSpan Waited { get; set; }

    public double Fetched { get; set; }

    public double Used { get; set; }

    /// <summary>Downloads ahead that found no room.</summary>
    public int NoRoom { get; set; }

    public double JobsAnHour => Jobs / Span.TotalHours;

    public double UsedShare => Fetched > 0 ? Used / Fetched : 1;
}
