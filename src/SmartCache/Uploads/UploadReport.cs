using System.Diagnostics;
using SmartCache.Abstractions;
using SmartCache.Diagnostics;

namespace SmartCache.Uploads;

/// <summary>The one line and the figures about one upload.</summary>
/// <param name="store">The layer's.</param>
/// <param name="jobId">The job.</param>
/// <param name="session">What is known of the tree.</param>
/// <param name="opening">How long that took.</param>
/// <param name="activity">The activity around the upload.</param>
internal sealed class UploadReport(UploadStateStore store, string jobId, UploadSession session, TimeSpan opening, Activity? activity)
{
    private readonly long _began = store.Time.GetTimestamp();

    private string Job => LogText.Name(jobId);

    private string Tree => session.Tree.Hash?[..12] ?? "with links or leftovers";

    // The layer may have gone out since the session was opened; then nothing of it is kept.
    private Reason Why => store.Unavailable is { } unavailable ? unavailable.Behind("not kept") : session.Why;

    private double Seconds => (opening + store.Time.GetElapsedTime(_began)).TotalSeconds;

    public UploadResult Finished(UploadResult result)
    {
        var saved = result.FilesSkipped > 0 && session.Policy.Offers ? session.SecondsSpentBefore : 0;
        var why = Why;
        var use = new StageUse(result.Outcome, TimeSpan.FromSeconds(saved), session.Policy.Offers ? result.BytesSkipped : 0, why.Code);
        Count(use, why, use.Outcome == CacheOutcome.Hit ? use.Bytes : result.BytesSent);
        if (result.FilesSkipped > 0 && session.Policy.Offers)
        {
            store.Meter.Saved(store.LayerName, use.Saved, use.Bytes);
        }

        if (store.Mode == LayerMode.Observe)
        {
            UploadLog.Observed(store.Logger, Job, store.LayerName, session.Skippable.Files, session.Skippable.Bytes, Tree);
        }

        UploadLog.Finished(
            store.Logger, Job, result.Outcome, store.LayerName, Tree, result.BytesSent, result.FilesSent, result.BytesSkipped, result.FilesSkipped, Seconds, saved, why.Code, why.ToLog());
        return result;
    }

    public void Failed(Exception exception)
    {
        var (why, failure) = (Why, FailureNames.Of(exception));
        Count(StageUse.Made(CacheOutcome.Miss, why.Code), why, failure: failure);
        UploadLog.Failed(store.Logger, Job, store.LayerName, Tree, Seconds, failure, why.Code, why.ToLog());
    }

    public void Cancelled()
    {
        var why = Why;
        Count(StageUse.Made(CacheOutcome.Miss, why.Code), why, failure: "cancelled");
        UploadLog.Cancelled(store.Logger, Job, store.LayerName, Tree, Seconds, why.Code, why.ToLog());
    }

    private void Count(StageUse use, Reason why, long? bytes = null, string? failure = null)
    {
        CacheActivity.Tell(activity, use.Outcome, use.Reason, failure);
        store.Meter.Request(store.LayerName, use.Outcome, why.Code, opening);
        store.Record(
            new HistoryEvent(HistoryEventKind.Requested)
            {
                Layer = store.LayerName,
                Outcome = use.Outcome,
                Reason = why.Code,
                Duration = TimeSpan.FromSeconds(Seconds),
                Cost = use.Saved > TimeSpan.Zero ? use.Saved : null,
                Bytes = bytes,
                Failure = failure,
            },
            new Subject(jobId, Key: session.Tree.Hash));
        if (session.IsRetry)
        {
            store.Meter.Retried(store.LayerName, use);
        }
    }
}
