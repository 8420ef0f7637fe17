using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text.RegularExpressions;
using global::FFMpegCore;
using global::FFMpegCore.Exceptions;
using SmartCache.Stages;
using SmartCache.Stages.Ffmpeg;

namespace SmartCache.FFMpegCore;

/// <summary>One run of ffmpeg through FFMpegCore. Whatever ends the call, ffmpeg has ended when it returns.</summary>
internal sealed partial class FFMpegRun(IProgress<StageProgress>? progress, TimeSpan? expected) : IDisposable
{
    private static readonly TimeSpan s_cancelAgain = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _listenerThrew = new();
    private ExceptionDispatchInfo? _thrown;

    /// <summary>The last lines that ffmpeg said.</summary>
    public ErrorTail Tail { get; } = new();

    /// <summary>Video frames that ffmpeg says it wrote.</summary>
    public long? Frames { get; private set; }

    /// <exception cref="FfmpegException">ffmpeg failed or was ended from outside; the message does not say what ffmpeg said.</exception>
    public async Task RunAsync(FFMpegArgumentProcessor processor, FFOptions options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _listenerThrew.Token);

        // throwOnError: without it FFMpegCore returns normally after a cancellation, and ffmpeg, which it asked to quit, has closed the playlist.
        var run = processor
            .NotifyOnProgress(Report)
            .NotifyOnError(Read)
            .CancellableThrough(out var cancel)
            .ProcessAsynchronously(throwOnError: true, options);
        try
        {
            await EndWhenCancelledAsync(run, cancel, end.Token).ConfigureAwait(false);
            await run.ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (end.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _thrown?.Throw();
            throw new OperationCanceledException(exception.Message, exception);
        }
        catch (FFMpegException exception)
        {
            // Its message holds all that ffmpeg said, URLs included, so it does not become an inner exception.
            if (ExitCode().Match(exception.Message) is not { Success: true } match)
                throw new FfmpegException($"FFMpegCore could not run ffmpeg ({exception.Type})");
            var code = int.Parse(match.Groups[1].ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            throw new FfmpegException($"ffmpeg {FfmpegProfileEncoder.Ending(code)}") { ExitCode = code };
        }

        cancellationToken.ThrowIfCancellationRequested();
        _thrown?.Throw();
        if (expected is not null)
            progress?.Report(new StageProgress("encode") { Fraction = 1 });
    }

    public void Dispose() => _listenerThrew.Dispose();

    // FFMpegCore can be given the token itself, but then a cancellation that comes between its look at the flag and its subscription ends
    // nothing, and what its handler throws (a broken pipe, a disposed source, at the end of a run) comes out of the caller's Cancel().
    private static async Task EndWhenCancelledAsync(Task run, Action cancel, CancellationToken cancellationToken)
    {
        await Task.WhenAny(run, Task.Delay(Timeout.Infinite, cancellationToken)).ConfigureAwait(false);
        while (!run.IsCompleted)
        {
            try
            {
                cancel();
            }
            catch (Exception exception) when (exception is IOException or InvalidOperationException)
            {
                // ffmpeg is ending just now; if not, the next turn kills it.
            }

            await Task.WhenAny(run, Task.Delay(s_cancelAgain, CancellationToken.None)).ConfigureAwait(false);
        }
    }

    private void Report(TimeSpan time)
    {
        // FFMpegCore calls this from the reader of ffmpeg's output, where an exception would end the process.
        try
        {
            progress?.Report(new StageProgress("encode") { Fraction = expected > TimeSpan.Zero ? Math.Clamp(time / expected.Value, 0, 1) : null });
        }
        catch (Exception exception)
        {
            if (Interlocked.CompareExchange(ref _thrown, ExceptionDispatchInfo.Capture(exception), null) is null)
                _listenerThrew.Cancel();
        }
    }

    private void Read(string line)
    {
        if (FrameCount().Match(line) is not { Success: true } frames)
            Tail.Add(line);
        else if (long.TryParse(frames.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            Frames = count;
    }

    [GeneratedRegex(@"^frame=\s*([0-9]+)\s", RegexOptions.CultureInvariant)]
    private static partial Regex FrameCount();

    [GeneratedRegex(@"exit-code \((-?[0-9]+)", RegexOptions.CultureInvariant)]
    private static partial Regex ExitCode();
}
