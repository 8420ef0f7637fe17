using System.Globalization;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>
/// How full a decoder's buffer is that <c>-maxrate</c> fills and that holds <c>-bufsize</c>: the promise of VBV. A run that begins in the middle does not know how full
/// it is there, and takes it for nearly full, as at the beginning of a video.
/// </summary>
/// <param name="rate">Bits per second.</param>
/// <param name="size">Bits.</param>
internal sealed class DecoderBuffer(double rate, double size)
{
    // Of its size. x264 itself goes below by a little.
    private const double Slack = 0.05;

    // x264's own beginning.
    private double _full = 0.9 * size;
    private double _least = 1;
    private long? _last;
    private bool _isBehindJoint;
    private bool _isSettled;

    /// <returns><see langword="null"/> where nothing is promised.</returns>
    public static DecoderBuffer? Of(IReadOnlyList<(string Name, string? Value)> options) =>
        Bits(options, "-maxrate") is { } rate && Bits(options, "-bufsize") is { } size ? new DecoderBuffer(rate, size) : null;

    /// <summary>The next picture, in the order of decoding.</summary>
    /// <param name="time">When it is decoded, in ticks.</param>
    /// <param name="bits">Its size.</param>
    public void Take(long time, long bits)
    {
        var filled = _full + (Math.Max(0, time - (_last ?? time)) * rate / PictureRate.Clock);
        // Once it is full, it is as full as the run that begins in the middle takes it for.
        _isSettled |= _isBehindJoint && filled >= size;
        _full = Math.Min(size, filled) - bits;
        _last = time;
        if (!_isSettled)
            _least = Math.Min(_least, _full / size);
        _full = Math.Max(0, _full);
    }

    /// <summary>Whether a picture was not there when it was to be decoded. Is asked at the joint, and at the end of what is behind it.</summary>
    public bool RanEmpty()
    {
        var ran = _least < -Slack;
        (_least, _isBehindJoint) = (1, true);
        return ran;
    }

    private static double? Bits(IReadOnlyList<(string Name, string? Value)> options, string name)
    {
        var text = options.Values(name).Concat(options.Values(name + ":v")).LastOrDefault() ?? "";
        var number = text.TrimEnd('k', 'K', 'm', 'M');
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) || value <= 0)
            return null;
        return text[number.Length..] switch
        {
            "" => value,
            "k" or "K" => value * 1e3,
            "m" or "M" => value * 1e6,
            _ => null,
        };
    }
}
