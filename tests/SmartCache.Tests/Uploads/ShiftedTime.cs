namespace SmartCache.Tests.Uploads;

/// <summary>The real clock, moved: dates jump where a test wants them, time-outs pass as ever.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    public TimeSpan Shift { get; set; }

    /// <summary>Dates do not move on from here.</summary>
    public DateTimeOffset? Standing { get; init; }

    public override DateTimeOffset GetUtcNow() => (Standing ?? base.GetUtcNow()) + Shift;
}
