namespace SmartCache.Prefetch;

/// <summary>
/// The progress of a download ahead. The worker's downloader is a closed box: that it reports from the loop in which it reads is the one place where it can be held back.
/// </summary>
/// <param name="inner">The sign of life.</param>
/// <param name="time">The clock.</param>
/// <param name="rate">Bytes a second, asked at each report; 0 = no limit.</param>
/// <param name="most">The most that may come.</param>
/// <param name="tooMuch">Is told how much comes, when that is more.</param>
/// <param name="cancellationToken">Ends a wait, and the signs of life.</param>
internal sealed class PacedProgress(IProgress<StageProgress>? inner, TimeProvider time, Func<long> rate, long most, Action<long> tooMuch, CancellationToken cancellationToken) : IProgress<StageProgress>
{
    private const double LongestSeconds = 86_400;
    private static readonly TimeSpan Piece = TimeSpan.FromMilliseconds(100);

    private long _began = time.GetTimestamp();
    private long _movedAt = time.GetTimestamp();
    private long? _first;
    private long _limit = rate();

    /// <summary>How long the download was held back.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>When it reported last, or was held back.</summary>
    public long MovedAt => Volatile.Read(ref _movedAt);

    /// <summary>The bytes of its first report: with what it began, where it went on from a partial.</summary>
    public long? Began { get; private set; }

    public void Report(StageProgress value)
    {
        Volatile.Write(ref _movedAt, time.GetTimestamp());
        if (!cancellationToken.IsCancellationRequested)
        {
            inner?.Report(value);
        }

        if (value.Bytes is not { } bytes)
        {
            return;
        }

        Began ??= bytes;
        if (bytes > most || value.TotalBytes > most)
        {
            tooMuch(Math.Max(bytes, value.TotalBytes ?? 0));
            return;
        }

        // What a partial brought along was not downloaded now.
        if (_first is null || bytes < _first)
        {
            (_first, _began) = (bytes, time.GetTimestamp());
            return;
        }

        var from = time.GetTimestamp();
        while (DueIn(bytes) is var due && due > TimeSpan.Zero && !cancellationToken.IsCancellationRequested)
        {
            // In pieces: the rate may be changed, and a job that joins is to have all of the link.
            Wait(due < Piece ? due : Piece);
            Volatile.Write(ref _movedAt, time.GetTimestamp());
        }

        Waited += time.GetElapsedTime(from);
    }

    private TimeSpan DueIn(long bytes)
    {
        if (rate() is var limit && limit != _limit)
        {
            // What came before came at another rate.
            (_limit, _first, _began) = (limit, bytes, time.GetTimestamp());
        }

        return limit > 0 ? TimeSpan.FromSeconds(Math.Min((double)(bytes - _first!.Value) / limit, LongestSeconds)) - time.GetElapsedTime(_began) : TimeSpan.Zero;
    }

    // Not thrown from: that the download is ended is the downloader's to find out.
    private void Wait(TimeSpan piece) => Task.Delay(piece, time, cancellationToken)
        .ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Wait(CancellationToken.None);
}
