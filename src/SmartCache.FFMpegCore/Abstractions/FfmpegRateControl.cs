namespace SmartCache.FFMpegCore;

/// <summary>How x264 and x265 spend bits. Other encoders have their own words for it: see <see cref="FfmpegVideoEncoder.Arguments"/>.</summary>
public enum FfmpegRateControl
{
    /// <summary><see cref="AverageBitrate"/> where the profile names a bit rate, else <see cref="ConstantQuality"/>. Repeats byte for byte on one machine.</summary>
    Auto,

    /// <summary>CRF; the profile's bit rate is not looked at. Repeats byte for byte on one machine.</summary>
    ConstantQuality,

    /// <summary>The profile's bit rate on average, without a bound on peaks. Repeats byte for byte on one machine.</summary>
    AverageBitrate,

    /// <summary>
    /// The profile's bit rate with peaks bound by a buffer (VBV). With more than one thread the result differs from run to run,
    /// so segments that were uploaded before are not found again after a new encode; set <see cref="FfmpegOptions.Threads"/> to 1 where that counts.
    /// </summary>
    BufferedBitrate,

    /// <summary>CRF with peaks bound by the profile's bit rate (VBV). Differs from run to run like <see cref="BufferedBitrate"/>.</summary>
    CappedQuality,
}
