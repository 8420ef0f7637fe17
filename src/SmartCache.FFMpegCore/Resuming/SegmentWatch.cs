using SmartCache.FFMpegCore.Running;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>
/// Sees which segments of a run are finished: those that bear their final name and have one behind them that was opened. Not the last, which ffmpeg closes
/// early when it is told to end. What a report counts is all of those that were finished when the report before it came. A playlist does not tell: with <c>-hls_playlist_type vod</c> there is none before the end.
/// </summary>
internal sealed class SegmentWatch : IDisposable
{
    private readonly Func<int, string> _pathOf;
    private readonly Func<string, PictureCounts, CancellationToken, Task> _onFinished;
    private readonly CancellationTokenSource _end;
    private readonly CancellationToken _cancellation;
    private Task _looking = Task.CompletedTask;
    private PictureCounts? _counts = new PictureCounts();
    private int _finished;
    private int _counted;

    /// <param name="pathOf">Where a segment is.</param>
    /// <param name="finished">Is told of each, in order and one at a time, with what was doubled and dropped until then. What it throws ends the run.</param>
    /// <param name="cancellation">Ends the run.</param>
    public SegmentWatch(Func<int, string> pathOf, Func<string, PictureCounts, CancellationToken, Task> finished, CancellationToken cancellation)
    {
        (_pathOf, _onFinished, _cancellation) = (pathOf, finished, cancellation);
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    }

    /// <summary>How many were told of.</summary>
    public int Count { get; private set; }

    public void Dispose() => _end.Dispose();

    /// <summary>Looks beside the run. Where the last look is not over, the next report looks again.</summary>
    /// <param name="counts">As ffmpeg just reported them; <see langword="null"/> where they cannot be told, and then nothing is looked at.</param>
    /// <param name="isLast">Whether ffmpeg has written all that it will.</param>
    public void Look(PictureCounts? counts, bool isLast)
    {
        var before = _finished;
        while (IsFinished(_finished))
            _finished++;
        (_counts, _counted) = (counts, isLast ? _finished : before);
        if (counts is { } known && _looking.IsCompletedSuccessfully)
            _looking = Task.Run(() => TellAsync(before, known), CancellationToken.None);
    }

    /// <summary>Runs ffmpeg, whose reports call <see cref="Look"/>, to its end, and looks once more.</summary>
    /// <param name="run">Starts it.</param>
    /// <param name="looksAfterSuccess">Whether what was finished counts also where all is finished.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(Func<CancellationToken, Task<int>> run, bool looksAfterSuccess)
    {
        try
        {
            var exitCode = await run(_end.Token).ConfigureAwait(false);
            if (exitCode == 0 && !looksAfterSuccess)
            {
                // What is not kept by now is not needed any more, and no job waits for it.
                await _end.CancelAsync().ConfigureAwait(false);
                return exitCode;
            }

            await _looking.ConfigureAwait(false);
            if (_counts is { } counts)
                await TellAsync(_counted, counts).ConfigureAwait(false);
            return exitCode;
        }
        catch (OperationCanceledException)
        {
            // The run was ended because of what a look threw: that is the reason.
            _cancellation.ThrowIfCancellationRequested();
            await _looking.ConfigureAwait(false);
            throw;
        }
        finally
        {
            // Nothing is looked at any more when the run's directory goes.
            await _looking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TellAsync(int end, PictureCounts counts)
    {
        try
        {
            for (; Count < end; Count++)
            {
                _end.Token.ThrowIfCancellationRequested();
                await _onFinished(_pathOf(Count), counts, _end.Token).ConfigureAwait(false);
            }
        }
        catch
        {
            await _end.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    // What is not finished has another name: temp_file of -hls_flags.
    private bool IsFinished(int segment) => File.Exists(_pathOf(segment)) && (File.Exists(_pathOf(segment + 1)) || File.Exists(_pathOf(segment + 1) + ".tmp"));
}
