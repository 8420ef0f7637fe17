namespace SmartCache.FFMpegCore;

/// <summary>ffmpeg or ffprobe failed, or what it made is not whole. The message ends with the last lines of what the program said, without URLs.</summary>
public sealed class FfmpegException : StageException
{
    /// <summary>Creates the exception.</summary>
    public FfmpegException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    public FfmpegException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">Why.</param>
    public FfmpegException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The program's exit code; 128 + N where signal N ended it; <see langword="null"/> where it did not start or ended well.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The source names other files; ffmpeg would encode those.</summary>
    internal bool IsListOfFiles { get; init; }
}
