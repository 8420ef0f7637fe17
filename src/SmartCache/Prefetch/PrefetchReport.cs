using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;

namespace SmartCache.Prefetch;

/// <summary>What an announced download came to: the one line in the log, the metrics and the event of the history. Holds no URL, option value or path.</summary>
internal static class PrefetchReport
{
    /// <summary>It is over.</summary>
    public static void Finish(EntryLayer layer, PrefetchItem item, PrefetchEnd end)
    {
        var (request, outcome) = (item.Request, end.Outcome!.Value);
        var bytes = outcome is PrefetchOutcome.Stored or PrefetchOutcome.Joined ? item.Bytes : 0;
        layer.Meter.PrefetchDone(request.Priority, outcome);
        if (item.Paused > TimeSpan.Zero)
        {
            layer.Meter.PrefetchPaused(item.Paused);
        }

        layer.Record(
            new HistoryEvent(HistoryEventKind.Prefetched)
            {
                Layer = layer.Name,
                Operation = outcome.ToString(),
                Entry = item.ContentHash is { } content ? ContentName.Of(content) : null,
                Key = item.Key.Name,
                Bytes = bytes,
                Cost = item.Downloading,
                Duration = item.Paused,
            },
            new Subject(request.Download.JobId));
        PrefetchLog.Done(layer.Logger, request.Priority, outcome, JobOf(item), KeyOf(item), bytes, item.Downloading.TotalSeconds, item.Paused.TotalSeconds, end.Details);
        item.Complete(outcome);
    }

    /// <summary>It does not even get a place in the queue.</summary>
    public static void NotAllowed(EntryLayer layer, PrefetchRequest request)
    {
        layer.Meter.PrefetchDone(request.Priority, PrefetchOutcome.NotAllowed);
        PrefetchLog.Done(layer.Logger, request.Priority, PrefetchOutcome.NotAllowed, LogText.Name(request.Download.JobId ?? "-"), "-", 0, 0, 0, "the mode, the source layer, the request, or no downloader");
    }

    /// <summary>It would be fetched, in mode <c>Observe</c>.</summary>
    public static void Observed(EntryLayer layer, PrefetchItem item)
    {
        layer.Meter.PrefetchObserved();
        PrefetchLog.Observed(layer.Logger, item.Request.Priority, JobOf(item), KeyOf(item));
    }

    /// <summary>It failed, and there is to be another try.</summary>
    public static void TriesAgain(EntryLayer layer, PrefetchItem item, PrefetchEnd end, TimeSpan after) =>
        PrefetchLog.TriedAgain(layer.Logger, item.Request.Priority, JobOf(item), KeyOf(item), end.Details, after.TotalSeconds);

    private static string JobOf(PrefetchItem item) => LogText.Name(item.Request.Download.JobId ?? "-");

    private static string KeyOf(PrefetchItem item) => EntryName.Short(item.Key.Name);
}
