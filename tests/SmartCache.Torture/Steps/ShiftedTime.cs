namespace SmartCache.Torture.Steps;

/// <summary>The machine's clock, ahead or behind by a fixed time.</summary>
internal sealed class ShiftedTime(TimeSpan by) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
}
