namespace SmartCache.Stages.Kubo;

/// <summary>
/// Progress of one upload over all its files and targets: the bytes that the target of the moment has confirmed or is being sent, but never less
/// than was reported before, so that what is sent twice (again, or to the next target) counts once. Reports come one at a time and in order,
/// although several files are sent at once: a worker that keeps the last one has the highest.
/// </summary>
internal sealed class UploadMeter(IProgress<StageProgress>? progress, long total)
{
    // Held while the listener is called: of two reports that were only counted under it, the lower could arrive last.
    private readonly Lock _lock = new();
    private long _confirmed;
    private long _underway;
    private long _highest;

    /// <summary>A request begins. What it sent counts until it is disposed; whatever then became of it, <see cref="Confirmed"/> says.</summary>
    public Request Begin() => new(this);

    /// <summary>The target has so many more bytes of the tree.</summary>
    public void Confirmed(long bytes)
    {
        lock (_lock)
        {
            _confirmed += bytes;
            Report("upload");
        }
    }

    /// <summary>Another target, or what is missing, begins from what is there.</summary>
    public void Restart(long confirmed)
    {
        lock (_lock)
        {
            _confirmed = confirmed;
            Report("upload");
        }
    }

    /// <summary>A sign of life while there is nothing to count.</summary>
    public void Report(string phase)
    {
        if (progress is null)
            return;
        lock (_lock)
        {
            _highest = Math.Max(_highest, Math.Min(total, _confirmed + _underway));
            progress.Report(new StageProgress(phase) { Bytes = _highest, TotalBytes = total, Fraction = total > 0 ? (double)_highest / total : null });
        }
    }

    /// <summary>The bytes of one request.</summary>
    internal sealed class Request(UploadMeter meter) : IDisposable
    {
        private long _sent;
        private bool _ended;

        public void Sent(long bytes)
        {
            lock (meter._lock)
            {
                // HttpClient can still be writing the body of a request that it has given up. Those bytes are nobody's.
                if (_ended)
                    return;
                _sent += bytes;
                meter._underway += bytes;
                meter.Report("upload");
            }
        }

        public void Dispose()
        {
            lock (meter._lock)
            {
                if (!_ended)
                    meter._underway -= _sent;
                _ended = true;
            }
        }
    }
}
