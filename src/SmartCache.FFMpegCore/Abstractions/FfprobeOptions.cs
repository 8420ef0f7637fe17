namespace SmartCache.FFMpegCore;

/// <summary>Settings of <see cref="FfprobeSourceProbe"/>.</summary>
public sealed class FfprobeOptions
{
    /// <summary>The ffprobe program: a path, or a name that is looked up in <c>PATH</c>.</summary>
    /// <value>Default <c>ffprobe</c>.</value>
    public string FfprobePath { get; set; } = "ffprobe";

    /// <summary>How long one probe may take before it is ended.</summary>
    /// <value>Default 60 seconds; more than zero.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);

    internal FfprobeOptions Validated()
    {
        if (string.IsNullOrWhiteSpace(FfprobePath) || Timeout <= TimeSpan.Zero)
            throw new ArgumentException($"{nameof(FfprobePath)} must not be empty and {nameof(Timeout)} must be more than zero.");
        return this;
    }
}
