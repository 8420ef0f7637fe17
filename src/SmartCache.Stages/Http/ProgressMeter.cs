using System.Globalization;

namespace SmartCache.Stages.Http;

/// <summary>Reports a download's bytes and rate, not more often than it should.</summary>
internal sealed class ProgressMeter(IProgress<StageProgress>? progress, TimeSpan interval, TimeProvider time)
{
    private long _reportedAt;
    private long _reportedBytes = -1;

    /// <summary>What the listener threw last: no fault of the disk.</summary>
    public Exception? Threw { get; private set; }

    public void Report(long bytes, long? total, bool force = false)
    {
        if (progress is null)
            return;

        var now = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(_reportedAt, now);
        if (_reportedBytes >= 0 && !force && elapsed < interval)
            return;

        var phase = "download";
        if (_reportedBytes >= 0 && bytes > _reportedBytes && elapsed > TimeSpan.Zero)
            phase += string.Create(CultureInfo.InvariantCulture, $" {(bytes - _reportedBytes) / elapsed.TotalSeconds / 1e6:0.0} MB/s");
        _reportedAt = now;
        _reportedBytes = bytes;
        try
        {
            progress.Report(new StageProgress(phase)
            {
                Bytes = bytes,
                TotalBytes = total,
                Fraction = total > 0 ? Math.Min(1, (double)bytes / total.Value) : null,
            });
        }
        catch (Exception exception)
        {
            Threw = exception;
            throw;
        }
    }

    /// <summary>A pause between two tries is a sign of life too.</summary>
    public void ReportRetry() => progress?.Report(new StageProgress("download retry"));
}
