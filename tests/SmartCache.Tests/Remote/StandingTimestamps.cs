namespace SmartCache.Tests.Remote;

/// <summary>Everything takes no time, so that nothing is judged slow; timers and the time of day are real, so that nothing hangs.</summary>
internal sealed class StandingTimestamps : TimeProvider
{
    public override long GetTimestamp() => 0;
}
