namespace SmartCache.Tests.Storage;

/// <summary>Runs something of the test's whenever somebody asks for the time: every beat of a cache operation does.</summary>
internal sealed class InterruptingTime : TimeProvider
{
    public Action? WhenAsked { get; set; }

    public override long GetTimestamp()
    {
        WhenAsked?.Invoke();
        return base.GetTimestamp();
    }
}
