using SmartCache.Layers;

namespace SmartCache.Prefetch;

/// <summary>
/// Looks once a second at what a download ahead has written, because a downloader need not report anything, and has it judged. One that shows no sign of life is ended even where a job has
/// joined it, because jobs wait for it.
/// </summary>
internal sealed class PrefetchWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _over = new();
    private readonly EntryLayer _layer;
    private readonly PrefetchOutput _output;
    private readonly Task _looking;

    /// <param name="layer">The source layer.</param>
    /// <param name="output">Where it is written.</param>
    /// <param name="movedAt">When the downloader reported last.</param>
    /// <param name="grew">Is told that something was written.</param>
    /// <param name="judge">Says why it has to end; <see langword="null"/> where it goes on. What is written is given where it could be seen.</param>
    /// <param name="stop">Ends it.</param>
    public PrefetchWatch(
        EntryLayer layer, PrefetchOutput output, Func<long> movedAt, Action grew, Func<WrittenAhead?, CancellationToken, ValueTask<PrefetchEnd?>> judge, Action<PrefetchEnd> stop)
    {
        (_layer, _output) = (layer, output);
        _looking = RunAsync(movedAt, grew, judge, stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        await _looking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _over.Dispose();
    }

    private async Task RunAsync(Func<long> movedAt, Action grew, Func<WrittenAhead?, CancellationToken, ValueTask<PrefetchEnd?>> judge, Action<PrefetchEnd> stop)
    {
        var (mark, grewAt) = (0, _layer.Time.GetTimestamp());
        try
        {
            using var timer = new PeriodicTimer(Interval, _layer.Time);
            while (await timer.WaitForNextTickAsync(_over.Token).ConfigureAwait(false))
            {
                var written = await _output.MeasureAsync(_over.Token).ConfigureAwait(false);
                if (written is not null && written.Mark != mark)
                {
                    (mark, grewAt) = (written.Mark, _layer.Time.GetTimestamp());
                    grew();
                }

                if (await judge(written, _over.Token).ConfigureAwait(false) is { } end)
                {
                    stop(end);
                }

                if (_layer.Time.GetElapsedTime(Math.Max(grewAt, movedAt())) >= _layer.Settings.Current.LockTimeout)
                {
                    stop(PrefetchEnd.Stalled);
                }
            }
        }
        catch (Exception exception) when (!_over.IsCancellationRequested)
        {
            // What nobody looks at has no bound.
            _layer.Boundary.Report("watch a prefetch", exception);
            stop(PrefetchEnd.TooMuch);
        }
    }
}
