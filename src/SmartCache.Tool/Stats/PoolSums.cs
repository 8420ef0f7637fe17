using SmartCache.Tool.Views;

namespace SmartCache.Tool.Stats;

/// <summary>Adds up what hosts of a pool took from each other.</summary>
internal sealed class PoolSums
{
    private int _sourceHits;
    private int _profileHits;
    private long _fetchedBytes;
    private double _savedSeconds;
    private int _sent;
    private long _sentBytes;
    private int _dropped;

    public void Add(HistoryEvent happened)
    {
        switch (happened.Kind)
        {
            case HistoryEventKind.Requested when happened.Operation == nameof(MaterializedBy.Remote):
                _ = happened.Layer == "sources" ? _sourceHits++ : _profileHits++;
                _fetchedBytes += happened.Bytes ?? 0;
                _savedSeconds += happened.Cost?.TotalSeconds ?? 0;
                break;
            case HistoryEventKind.Sent:
                _sent++;
                _sentBytes += happened.Bytes ?? 0;
                break;
            case HistoryEventKind.SendDropped:
                _dropped++;
                break;
        }
    }

    /// <param name="left">What lies on the disk.</param>
    /// <param name="areLimitsKnown">Whether the settings are those of this cache.</param>
    /// <param name="now">By this machine's clock.</param>
    /// <returns><see langword="null"/> where there is no such tier.</returns>
    public RemoteTierView? ToView(InspectedRemote? left, bool areLimitsKnown, DateTimeOffset now) => left is null || (areLimitsKnown && left.Mode == RemoteMode.Off) ? null : new RemoteTierView
    {
        Mode = areLimitsKnown ? left.Mode : null,
        ReadsRest = RemoteRestView.Of(left.ReadsRest),
        WritesRest = RemoteRestView.Of(left.WritesRest),
        OwedEntries = left.OwedEntries,
        OwedBytes = left.OwedBytes,
        OldestOwedSeconds = left.OldestOwed is { } oldest ? Math.Max(0, (now - oldest).TotalSeconds) : 0,
        DroppedEntries = _dropped,
        SentEntries = _sent,
        SentBytes = _sentBytes,
        SourceHits = _sourceHits,
        ProfileHits = _profileHits,
        FetchedBytes = _fetchedBytes,
        SavedSeconds = _savedSeconds,
    };
}
