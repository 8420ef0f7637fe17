using System.Globalization;

namespace SmartCache.FFMpegCore.Running;

/// <summary>Reads what <c>-progress</c> writes: blocks of <c>key=value</c>, each ended by <c>progress=continue</c> or <c>progress=end</c>.</summary>
internal sealed class EncodeProgress(IProgress<StageProgress>? progress, TimeSpan? expected)
{
    private double? _fraction;

    /// <summary>Frames of the first video stream that were written so far.</summary>
    public long? Frames { get; private set; }

    public void Read(string line)
    {
        var equals = line.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
            return;

        var value = line.AsSpan(equals + 1).Trim();
        switch (line.AsSpan(0, equals).Trim())
        {
            case "frame" when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var frames):
                Frames = frames;
                break;
            case "out_time_us" when expected > TimeSpan.Zero && double.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var microseconds):
                _fraction = Math.Clamp(microseconds / 1e6 / expected.Value.TotalSeconds, 0, 1);
                break;
            case "progress":
                progress?.Report(new StageProgress("encode") { Fraction = value is "end" && expected is not null ? 1 : _fraction });
                break;
        }
    }
}
