using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Storage;

namespace SmartCache.Layers;

/// <summary>
/// What one pass through a stage came to: the one line in the log, the metrics and the activity are all made from it.
/// Holds no URL, option value or path.
/// </summary>
/// <param name="layer">The stage's.</param>
/// <param name="subject">The job, the profile and the key.</param>
/// <param name="failed">Is told what the worker's own stage failed with. Returns at once and never throws.</param>
internal sealed partial class StageReport(EntryLayer layer, Subject subject, Action<Exception>? failed = null) : IDisposable
{
    private readonly long _started = layer.Time.GetTimestamp();
    private bool _isFinished;
    private bool _isAhead;
    private bool _isOver;
    private readonly Activity? _activity = Begin(layer);

    /// <summary>Why it was not a hit.</summary>
    public Reason Reason { get; set; }

    /// <summary>Takes in what a look-up said. The second look, under the lock, tells no more than the first where that one has taken away what was wrong.</summary>
    public void Looked(Reason reason)
    {
        if (Reason.Code == CacheReason.None || reason.Code is not (CacheReason.NotCached or CacheReason.NoLongerCached))
        {
            Reason = reason;
        }
    }

    public long Bytes { get; set; }

    /// <summary>Wall time inside the worker's own stage.</summary>
    public TimeSpan Inner { get; private set; }

    /// <summary>Wall time of earlier attempts in what the stage went on from.</summary>
    public TimeSpan Resumed { get; private set; }

    /// <summary>What the work cost when it was done.</summary>
    public TimeSpan Saved { get; set; }

    public MaterializedBy? How { get; set; }

    /// <summary>Takes in that an entry was given.</summary>
    public void Given(MaterializedBy how, TimeSpan saved, long bytes) => (How, Saved, Bytes) = (how, saved, bytes);

    /// <summary>The moment it began.</summary>
    public DateTimeOffset Began => layer.Time.GetUtcNow() - layer.Time.GetElapsedTime(_started);

    /// <summary>Takes in that what was given had been fetched ahead: its bytes were moved once, and spared nobody any.</summary>
    public void GivenAhead(MaterializedBy how, TimeSpan hidden, long bytes)
    {
        Given(how, hidden, bytes);
        _isAhead = true;
    }

    /// <summary>Takes in that the stage went on from what earlier attempts had done.</summary>
    public void Resume(int parts, TimeSpan work)
    {
        if (parts > 0)
        {
            Resumed = work;
            Reason = Reason with { Text = string.Create(CultureInfo.InvariantCulture, $"{Reason.Text}; went on from {parts} parts, {work.TotalSeconds:F1} s of work") };
            layer.Meter.Resumed(work);
        }
    }

    /// <summary>What passes until this is disposed of is <see cref="Inner"/>, however it ends.</summary>
    public IDisposable Inside()
    {
        if (layer.Kind == EntryKind.Source)
        {
            layer.Stages.DownloadBegins();
        }

        return new Stay(this, layer.Time.GetTimestamp());
    }

    /// <summary>Writes the line. The time on the job's path that the cache added is all but the inner stage.</summary>
    public void Finish(CacheOutcome outcome)
    {
        _isFinished = true;
        var total = layer.Time.GetElapsedTime(_started);
        layer.Meter.Request(layer.Name, outcome, Reason.Code, total - Inner);
        Record(outcome, total, null);
        if (outcome is CacheOutcome.Hit or CacheOutcome.Joined or CacheOutcome.Prefetched)
        {
            layer.Meter.Saved(layer.Name, Saved, _isAhead ? 0 : Bytes);
        }

        if (Reason.Code == CacheReason.WouldHaveHit)
        {
            layer.Meter.WouldHaveHit(layer.Name);
        }

        CacheActivity.Tell(_activity, outcome, Reason.Code);
        StageDone(
            layer.Logger,
            layer.Name,
            outcome,
            LogText.Name(subject.Job ?? "-"),
            LogText.Name(subject.Profile ?? "-"),
            EntryName.Short(subject.Key ?? "-"),
            Reason.Code,
            Reason.ToLog(),
            Bytes,
            total.TotalSeconds,
            Saved.TotalSeconds,
            How?.ToString() ?? "-");
    }

    /// <summary>
    /// Writes the line of a stage that threw: for the filter of a catch clause, which it never enters. A miss in the figures, because nothing was found and the work was begun.
    /// </summary>
    /// <returns><see langword="false"/>.</returns>
    public bool Threw(Exception exception, CancellationToken cancellationToken)
    {
        if (_isFinished)
        {
            return false;
        }

        var total = layer.Time.GetElapsedTime(_started);
        layer.Meter.Request(layer.Name, CacheOutcome.Miss, Reason.Code, total - Inner);
        var isCancelled = exception is OperationCanceledException && cancellationToken.IsCancellationRequested;
        var failure = isCancelled ? "cancelled" : FailureNames.Of(exception);
        Record(CacheOutcome.Miss, total, failure);
        if (!isCancelled)
        {
            failed?.Invoke(exception);
        }

        CacheActivity.Tell(_activity, CacheOutcome.Miss, Reason.Code, failure);
        StageThrew(
            layer.Logger, layer.Name, LogText.Name(subject.Job ?? "-"), LogText.Name(subject.Profile ?? "-"), EntryName.Short(subject.Key ?? "-"), Reason.Code, Reason.ToLog(), total.TotalSeconds, failure);
        return false;
    }

    public void Dispose()
    {
        if (!_isOver)
        {
            _isOver = true;
            layer.Stages.StageEnds();
        }

        CacheActivity.Stop(_activity);
    }

    private static Activity? Begin(EntryLayer layer)
    {
        layer.Stages.StageBegins();
        return CacheActivity.Start(layer.Name);
    }

    private void Record(CacheOutcome outcome, TimeSpan total, string? failure) => layer.Record(
        new HistoryEvent(HistoryEventKind.Requested)
        {
            Layer = layer.Name,
            Outcome = outcome,
            Reason = Reason.Code,
            Duration = total,
            Cost = outcome is CacheOutcome.Hit or CacheOutcome.Joined or CacheOutcome.Prefetched ? Saved : Inner,
            Bytes = Bytes,
            Operation = How == MaterializedBy.Remote ? nameof(MaterializedBy.Remote) : null,
            Failure = failure,
        },
        subject);

    private sealed class Stay(StageReport report, long began) : IDisposable
    {
        public void Dispose() => report.Leave(began);
    }

    private void Leave(long began)
    {
        Inner += layer.Time.GetElapsedTime(began);
        if (layer.Kind == EntryKind.Source)
        {
            layer.Stages.DownloadEnds();
        }
    }

    [LoggerMessage(100, LogLevel.Information, "Cache {Layer}: {Outcome}, job {Job}, profile {Profile}, key {Key}, reason {Reason} ({Details}), {Bytes} bytes, {Seconds:F3} s, {SavedSeconds:F1} s saved, by {How}.")]
    private static partial void StageDone(ILogger logger, string layer, CacheOutcome outcome, string job, string profile, string key, CacheReason reason, string details, long bytes, double seconds, double savedSeconds, string how);

    [LoggerMessage(110, LogLevel.Information, "Cache {Layer}: the stage failed, job {Job}, profile {Profile}, key {Key}, reason {Reason} ({Details}), after {Seconds:F3} s: {Failure}.")]
    private static partial void StageThrew(ILogger logger, string layer, string job, string profile, string key, CacheReason reason, string details, double seconds, string failure);
}
