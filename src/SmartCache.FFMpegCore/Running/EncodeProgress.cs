using System.Globalization;

namespace SmartCache.FFMpegCore.Running;

/// <summary>Reads what <c>-progress</c> writes: blocks of <c>key=value</c>, each ended by <c>progress=continue</c> or <c>progress=end</c>.</summary>
internal sealed class EncodeProgress(IProgress<StageProgress>? progress, TimeSpan? expected)
{
    private const string Skipping = "skipping";

    private double? _fraction;
    private long _frames = -1;
    private PictureCounts _counts;
    private PictureCounts _read;

    /// <summary>Frames of the first video stream that were written so far.</summary>
    public long? Frames => _frames < 0 ? null : _frames;

    /// <summary>
    /// When the picture of a number in the run is shown, where the run's own time does not tell: it begins in the middle of the video, and what else it reads may not.
    /// </summary>
    public Func<long, TimeSpan>? TimeOf { get; init; }

    /// <summary>What is being done, once there are frames.</summary>
    public string Phase { get; init; } = "encode";

    /// <summary>Is told at the end of each block, and whether it is the last: then all that was to be written is.</summary>
    public Action<PictureCounts, bool>? OnBlock { get; init; }

    /// <summary>Says where a run begins that begins in the middle, before it has made anything.</summary>
    public void Begin()
    {
        if (TimeOf is not null)
            Reach(TimeOf(0).TotalSeconds);
        progress?.Report(new StageProgress(Skipping) { Fraction = _fraction });
    }

    public void Read(string line)
    {
        var equals = line.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
            return;

        var value = line.AsSpan(equals + 1).Trim();
        switch (line.AsSpan(0, equals).Trim())
        {
            case "frame" when Number(value) is { } frames:
                _frames = frames;
                if (TimeOf is not null)
                    Reach(TimeOf(frames).TotalSeconds);
                break;
            case "dup_frames" when Number(value) is { } doubled:
                _read = _read with { Doubled = doubled };
                break;
            case "drop_frames" when Number(value) is { } dropped:
                _read = _read with { Dropped = dropped };
                break;
            case "out_time_us" when TimeOf is null && double.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var microseconds):
                Reach(microseconds / 1e6);
                break;
            case "progress":
                End(isLast: value is "end");
                break;
        }
    }

    /// <summary>ffmpeg works, and may say nothing of it until the first frame is written.</summary>
    public void Work()
    {
        if (_frames <= 0)
            progress?.Report(new StageProgress(Skipping) { Fraction = _fraction });
    }

    private static long? Number(ReadOnlySpan<char> value) => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private void Reach(double seconds)
    {
        if (expected > TimeSpan.Zero)
            _fraction = Math.Clamp(seconds / expected.Value.TotalSeconds, 0, 1);
    }

    private void End(bool isLast)
    {
        if (_read.Doubled != _counts.Doubled || _read.Dropped != _counts.Dropped)
            _counts = _read with { Since = Math.Max(_frames, 0) };
        OnBlock?.Invoke(_counts, isLast);

        // A run that begins in the middle may have to pass the source's pictures by for minutes before its own first one.
        var phase = TimeOf is not null && _frames <= 0 ? Skipping : Phase;
        progress?.Report(new StageProgress(phase) { Fraction = isLast && expected is not null ? 1 : _fraction });
    }
}
