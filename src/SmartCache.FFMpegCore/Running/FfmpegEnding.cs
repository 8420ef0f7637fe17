namespace SmartCache.FFMpegCore.Running;

/// <summary>What an exit code of ffmpeg says.</summary>
internal static class FfmpegEnding
{
    /// <summary>
    /// SIGHUP, SIGINT, SIGKILL and SIGTERM as .NET tells them, and 255, with which ffmpeg ends after a signal that it caught.
    /// Not all above 128: newer versions end with the low byte of an error number.
    /// </summary>
    public static bool IsFromOutside(int exitCode) => exitCode is 128 + 1 or 128 + 2 or 128 + 9 or 128 + 15 or 255;

    /// <summary>What follows the name of the program.</summary>
    public static string Of(int exitCode) => IsFromOutside(exitCode) ? $"was ended from outside (exit code {exitCode})" : $"failed (exit code {exitCode})";

    /// <param name="exitCode">Not 0.</param>
    /// <param name="doing">What it did.</param>
    /// <param name="tail">What it said.</param>
    public static FfmpegException Failure(int exitCode, string doing, ErrorTail tail)
    {
        var full = tail.FullDisk;
        return new FfmpegException($"ffmpeg {Of(exitCode)} {doing}.{tail}", full) { ExitCode = exitCode, IsTransient = IsFromOutside(exitCode) || full is not null };
    }
}
