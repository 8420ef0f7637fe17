using System.Globalization;

namespace SmartCache.Simulation;

/// <summary>One row for each replay.</summary>
internal static class CsvReport
{
    public const string Header = "trace,cap_bytes,policy,gets,hits,hit_bytes,hit_cost_seconds,total_cost_seconds,evictions,bypassed";

    public static string Row(ReplayResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"{result.Trace},{result.Capacity},{result.Policy},{result.All.Gets},{result.All.Hits},{result.All.HitBytes},{result.All.HitSeconds:F1},{result.All.Seconds:F1},{result.Evictions},{result.Bypassed}");
}
