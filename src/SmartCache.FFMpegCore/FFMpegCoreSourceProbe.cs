using global::FFMpegCore;
using global::FFMpegCore.Exceptions;
using SmartCache.Stages;
using SmartCache.Stages.Ffmpeg;

namespace SmartCache.FFMpegCore;

/// <summary>
/// Reads a source's facts with FFMpegCore's <see cref="FFProbe"/>, under the names and by the rules of <see cref="FfprobeSourceProbe"/>.
/// FFMpegCore tells no field order, durations in whole milliseconds and frame rates as numbers: 29.97 becomes <c>30000/1001</c>.
/// </summary>
public sealed class FFMpegCoreSourceProbe : ISourceProbe
{
    private readonly FFOptions? _options;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    /// <summary>Creates the probe.</summary>
    /// <param name="options">FFMpegCore's own settings; <see cref="GlobalFFOptions.Current"/> without.</param>
    /// <param name="timeout">How long one probe may take before it is ended; more than zero; 60 seconds without.</param>
    /// <param name="timeProvider">Clock of the time-out; the system's without.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time-out is not more than zero.</exception>
    public FFMpegCoreSourceProbe(FFOptions? options = null, TimeSpan? timeout = null, TimeProvider? timeProvider = null)
    {
        _timeout = timeout ?? TimeSpan.FromSeconds(60);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(_timeout, TimeSpan.Zero, nameof(timeout));
        _options = options;
        _time = timeProvider ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    /// <exception cref="FfmpegException">The file is not a video that ffprobe and FFMpegCore understand, or ffprobe cannot be run.</exception>
    /// <exception cref="TimeoutException">ffprobe did not end in time.</exception>
    public async ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        cancellationToken.ThrowIfCancellationRequested();
        // FFMpegCore puts quotes around the path and does not look into it.
        if (path.Contains('"', StringComparison.Ordinal))
            throw new FfmpegException("FFMpegCore cannot probe a file with a quote in its path.");

        // Never the caller's own token: FFMpegCore does not take its registration back, and a later cancellation would throw out of it.
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        IMediaAnalysis analysis;
        try
        {
            analysis = await FFProbe.AnalyseAsync(Path.GetFullPath(path), _options, end.Token, "-protocol_whitelist file").ConfigureAwait(false);
        }
        catch (Exception exception) when (end.IsCancellationRequested)
        {
            if (cancellationToken.IsCancellationRequested)
                throw new OperationCanceledException(exception.Message, exception, cancellationToken);
            throw new TimeoutException($"ffprobe did not end within {_timeout.TotalSeconds:0.#} s.");
        }
        catch (FFMpegException exception)
        {
            // Its message holds the path and all that ffprobe said, URLs included.
            var tail = new ErrorTail();
            foreach (var line in exception.FFMpegErrorOutput.Split('\n'))
                tail.Add(line);
            throw new FfmpegException($"ffprobe failed.{tail}");
        }
        catch (Exception exception) when (exception is not FfmpegException)
        {
            throw new FfmpegException($"FFMpegCore cannot probe the file: {exception.GetType().Name}.", exception);
        }

        var program = GlobalFFOptions.GetFFProbeBinaryPath(_options ?? GlobalFFOptions.Current);
        return await SourceFacts.FromAsync(
            MediaAnalysisReply.From(analysis), ProgramPath.Find(program) ?? program, Path.GetFullPath(path), _time, cancellationToken).ConfigureAwait(false);
    }
}
