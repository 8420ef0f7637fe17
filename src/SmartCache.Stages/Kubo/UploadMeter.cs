namespace SmartCache.Stages.Kubo;

/// <summary>Progress of one upload over all its files and targets. Never goes back: what is sent twice counts once.</summary>
internal sealed class UploadMeter(IProgress<StageProgress>? progress, long total)
{
    private readonly Lock _lock = new();
    private long _confirmed;
    private long _underway;
    private long _highest;

    public void Sending(long bytes) => Change(0, bytes);

    /// <summary>A file is done or given up: its bytes are no longer under way.</summary>
    public void Ended(long underway, long confirmed) => Change(confirmed, -underway);

    /// <summary>Another target, or what is missing, begins from what is there.</summary>
    public void Restart(long confirmed)
    {
        lock (_lock)
            (_confirmed, _underway) = (confirmed, 0);
        Report("upload");
    }

    /// <summary>A sign of life while there is nothing to count.</summary>
    public void Report(string phase)
    {
        if (progress is null)
            return;
        long bytes;
        lock (_lock)
            bytes = _highest = Math.Max(_highest, Math.Min(total, _confirmed + _underway));
        progress.Report(new StageProgress(phase) { Bytes = bytes, TotalBytes = total, Fraction = total > 0 ? (double)bytes / total : null });
    }

    private void Change(long confirmed, long underway)
    {
        lock (_lock)
        {
            _confirmed += confirmed;
            _underway += underway;
        }
        Report("upload");
    }
}
