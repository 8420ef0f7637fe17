namespace SmartCache.Tests.Uploads;

/// <summary>The real clock, moved: dates jump where a test wants them, time-outs pass as ever.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    public TimeSpan Shift { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
}
