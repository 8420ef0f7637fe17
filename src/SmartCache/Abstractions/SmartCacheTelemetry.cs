namespace SmartCache;

/// <summary>The names by which a worker's telemetry finds the cache's.</summary>
/// <remarks>What each instrument and activity says stands in docs/observability.md.</remarks>
public static class SmartCacheTelemetry
{
    /// <summary>Name of the meter of the <c>smartcache.*</c> instruments: <c>AddMeter(SmartCacheTelemetry.MeterName)</c>.</summary>
    public const string MeterName = "SmartCache";

    /// <summary>Name of the activity source, with one activity per stage: <c>AddSource(SmartCacheTelemetry.ActivitySourceName)</c>.</summary>
    public const string ActivitySourceName = "SmartCache";
}
