namespace SmartCache.FFMpegCore;

/// <summary>One video encoder of the fallback chain.</summary>
/// <param name="Name">ffmpeg's name of it: <c>libx264</c>, <c>h264_nvenc</c>.</param>
public sealed record FfmpegVideoEncoder(string Name)
{
    /// <summary>
    /// Its arguments behind <c>-c:v NAME</c>. <see langword="null"/>: for libx264 and libx265 the preset and the rate control of
    /// <see cref="FfmpegOptions"/>, for others the profile's preset and bit rate where it names them.
    /// </summary>
    public IReadOnlyList<string>? Arguments { get; init; }
}
