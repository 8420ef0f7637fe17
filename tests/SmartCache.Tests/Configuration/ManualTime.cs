namespace SmartCache.Tests.Configuration;

/// <summary>A clock that stands until it is told to move.</summary>
internal sealed class ManualTime : TimeProvider
{
    private long _now = 1_000_000;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    public void Advance(TimeSpan time) => Interlocked.Add(ref _now, time.Ticks);
}
