namespace SmartCache.Tests.Runbook;

/// <summary>The system's clock, by which the stages work for minutes: what they cost is told as a real worker would tell it, and nobody waits.</summary>
internal sealed class WorkedTime : TimeProvider
{
    private long _worked;

    public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _worked);

    public void Work(TimeSpan time) => Interlocked.Add(ref _worked, (long)(time.TotalSeconds * TimestampFrequency));
}
