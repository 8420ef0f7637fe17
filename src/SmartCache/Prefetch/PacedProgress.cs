namespace SmartCache.Prefetch;

/// <summary>
/// The progress of a download ahead. The worker's downloader is a closed box: that it reports from the loop in which it reads is the one place where it can be held back.
/// </summary>
/// <param name="inner">The sign of life.</param>
/// <param name="time">The clock.</param>
/// <param name="rate">Bytes a second, asked at each report; 0 = no limit.</param>
/// <param name="most">The most that may come.</param>
/// <param name="tooMuch">Is called when more comes.</param>
/// <param name="cancellationToken">Ends a wait.</param>
internal sealed class PacedProgress(IProgress<StageProgress>? inner, TimeProvider time, Func<long> rate, long most, Action tooMuch, CancellationToken cancellationToken) : IProgress<StageProgress>
{
    private long _began = time.GetTimestamp();
    private long? _first;

    /// <summary>How long the download was held back.</summary>
    public TimeSpan Waited { get; private set; }

    public void Report(StageProgress value)
    {
        inner?.Report(value);
        if (value.Bytes is not { } bytes)
        {
            return;
        }

        if (bytes > most || value.TotalBytes > most)
        {
            tooMuch();
            return;
        }

        // What a partial brought along was not downloaded now.
        if (_first is not { } first || bytes < first)
        {
            (_first, _began) = (bytes, time.GetTimestamp());
            return;
        }

        if (rate() is > 0 and var limit)
        {
            var due = TimeSpan.FromSeconds(Math.Min((double)(bytes - first) / limit, TimeSpan.FromDays(1).TotalSeconds)) - time.GetElapsedTime(_began);
            if (due > TimeSpan.Zero)
            {
                Wait(due);
            }
        }
    }

    private void Wait(TimeSpan due)
    {
        var from = time.GetTimestamp();

        // Not thrown from: that the download is ended is the downloader's to find out.
        Task.Delay(due, time, cancellationToken).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Wait(CancellationToken.None);
        Waited += time.GetElapsedTime(from);
    }
}
