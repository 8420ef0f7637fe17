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

    /// <summary>Where in the video the run begins.</summary>
    public TimeSpan Begins { get; init; }

    /// <summary>What is being done, once there are frames.</summary>
    public string Phase { get; init; } = "encode";

    /// <summary>Is told at the end of each block.</summary>
    public Action<PictureCounts>? OnBlock { get; init; }

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
                break;
            case "dup_frames" when Number(value) is { } doubled:
                _read = _read with { Doubled = doubled };
                break;
            case "drop_frames" when Number(value) is { } dropped:
                _read = _read with { Dropped = dropped };
                break;
            case "out_time_us" when expected > TimeSpan.Zero && double.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var microseconds):
                _fraction = Math.Clamp((Begins.TotalSeconds + (microseconds / 1e6)) / expected.Value.TotalSeconds, 0, 1);
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

    private void End(bool isLast)
    {
        if (_read.Doubled != _counts.Doubled || _read.Dropped != _counts.Dropped)
            _counts = _read with { Since = Math.Max(_frames, 0) };
        OnBlock?.Invoke(_counts);

        // A run that begins in the middle may have to pass the source's pictures by for minutes before its own first one.
        var phase = Begins > TimeSpan.Zero && _frames <= 0 ? Skipping : Phase;
        progress?.Report(new StageProgress(phase) { Fraction = isLast && expected is not null ? 1 : _fraction });
    }
}
