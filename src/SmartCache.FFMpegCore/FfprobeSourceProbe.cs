using System.Text;
using SmartCache.FFMpegCore.Probing;
using SmartCache.FFMpegCore.Running;

namespace SmartCache.FFMpegCore;

/// <summary>
/// Reads a source's facts with the ffprobe program: those named in <see cref="MediaFacts"/> and <c>format</c>, <c>bit_rate</c>, <c>video.profile</c>, <c>video.level</c>,
/// <c>video.bit_rate</c>, <c>video.pixel_format</c>, <c>video.sample_aspect_ratio</c>, <c>video.field_order</c>, <c>video.color_transfer</c>,
/// <c>audio.channels</c>, <c>audio.sample_rate</c>, <c>audio.bit_rate</c>, each where ffprobe tells it. Where the file does not tell how long its pictures last
/// (WebM of a browser, FLV, Matroska without tags) or how many there are in a second, a second call looks at its last packets and a third at all, for at most
/// 10 seconds together; without an answer the duration is the container's or not known (<see cref="MediaFacts.DurationSource"/> says which).
/// </summary>
public sealed class FfprobeSourceProbe : ISourceProbe
{
    private const int MaxReply = ProgramLines.MaxLength;

    private readonly FfprobeOptions _options;
    private readonly TimeProvider _time;

    /// <summary>Creates the probe.</summary>
    /// <param name="options">Settings; the defaults without.</param>
    /// <param name="timeProvider">Clock of the time-out; the system's without.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public FfprobeSourceProbe(FfprobeOptions? options = null, TimeProvider? timeProvider = null)
    {
        _options = (options ?? new FfprobeOptions()).Validated();
        _time = timeProvider ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    /// <exception cref="FfmpegException">The file is not a video that ffprobe understands, or ffprobe cannot be run.</exception>
    /// <exception cref="TimeoutException">ffprobe did not end in time.</exception>
    public async ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var timeout = new CancellationTokenSource(_options.Timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        var program = ProgramPath.Find(_options.FfprobePath) ?? _options.FfprobePath;
        var output = new StringBuilder();
        var tail = new ErrorTail();
        try
        {
            var exitCode = await ChildProcess.RunAsync(
                program,
                ["-v", "error", "-protocol_whitelist", "file", "-print_format", "json", "-show_format", "-show_streams", "-i", Path.GetFullPath(path)],
                null,
                line => Append(output, line),
                tail.Add,
                linked.Token).ConfigureAwait(false);
            if (exitCode != 0)
                throw new FfmpegException($"ffprobe failed (exit code {exitCode}).{tail}") { ExitCode = exitCode };
        }
        catch (OperationCanceledException exception)
        {
            if (cancellationToken.IsCancellationRequested)
                throw new OperationCanceledException(exception.Message, exception, cancellationToken);
            throw new TimeoutException($"ffprobe did not end within {_options.Timeout.TotalSeconds:0.#} s.");
        }

        return await SourceFacts.FromAsync(ProbeReply.Parse(output.ToString()), program, Path.GetFullPath(path), _time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What must be known of a source to begin in its middle.</summary>
    /// <inheritdoc cref="SourcePictures.ReadAsync"/>
    internal Task<SourcePictures> PicturesAsync(string path, string stream, bool listsPackets, Action onPart, CancellationToken cancellationToken) =>
        SourcePictures.ReadAsync(ProgramPath.Find(_options.FfprobePath) ?? _options.FfprobePath, Path.GetFullPath(path), stream, listsPackets, onPart, cancellationToken);

    private static void Append(StringBuilder output, string line)
    {
        if (output.Length + line.Length >= MaxReply)
            throw new FfmpegException("ffprobe's reply is too long.");
        output.Append(line).Append('\n');
    }
}
