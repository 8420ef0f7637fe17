using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace SmartCache.Diagnostics;

/// <summary>
/// What one pass through a stage came to: the one line in the log, the metrics and the activity are all made from it.
/// Holds no URL, option value or path.
/// </summary>
internal sealed partial class StageReport(CacheMeter meter, ILogger logger, TimeProvider time, string layer, string? jobId, string key) : IDisposable
{
    /// <summary>The reason of a miss that would have been a hit without mode <c>Observe</c>; counted.</summary>
    public const string WouldHaveHit = "observing: would have hit";

    private const int ShownKey = 12;
    private readonly long _started = time.GetTimestamp();
    private readonly Activity? _activity = CacheActivity.Source.StartActivity("smartcache." + layer);

    /// <summary>Why it was not a hit.</summary>
    public string Reason { get; set; } = "";

    public long Bytes { get; set; }

    /// <summary>Wall time inside the worker's own stage.</summary>
    public TimeSpan Inner { get; set; }

    /// <summary>What the work cost when it was done.</summary>
    public TimeSpan Saved { get; set; }

    public MaterializedBy? How { get; set; }

    /// <summary>Writes the line. The time on the job's path that the cache added is all but the inner stage.</summary>
    public void Finish(CacheOutcome outcome)
    {
        var total = time.GetElapsedTime(_started);
        meter.Request(layer, outcome, total - Inner);
        if (outcome is CacheOutcome.Hit or CacheOutcome.Joined)
        {
            meter.Saved(layer, Saved, Bytes);
        }

        if (Reason == WouldHaveHit)
        {
            meter.WouldHaveHit(layer);
        }

        _activity?.SetTag("smartcache.outcome", outcome.ToString()).SetTag("smartcache.reason", Reason);
        StageDone(
            logger,
            layer,
            outcome,
            LogText.Name(jobId ?? "-"),
            key.Length > ShownKey ? key[..ShownKey] : key,
            Reason.Length == 0 ? "-" : LogText.Reason(Reason),
            Bytes,
            total.TotalSeconds,
            Saved.TotalSeconds,
            How?.ToString() ?? "-");
    }

    public void Dispose() => _activity?.Dispose();

    [LoggerMessage(100, LogLevel.Information, "Cache {Layer}: {Outcome}, job {Job}, key {Key}, reason {Reason}, {Bytes} bytes, {Seconds:F3} s, {SavedSeconds:F1} s saved, by {How}.")]
    private static partial void StageDone(ILogger logger, string layer, CacheOutcome outcome, string job, string key, string reason, long bytes, double seconds, double savedSeconds, string how);
}
