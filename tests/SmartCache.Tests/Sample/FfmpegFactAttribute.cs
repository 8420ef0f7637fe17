namespace SmartCache.Tests.Sample;

/// <summary>A test that encodes. Skipped, with the reason, where ffmpeg is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FfmpegFactAttribute : FactAttribute
{
    public FfmpegFactAttribute()
    {
        Skip = TinyVideo.ReasonToSkip;
        Timeout = 900_000;
    }
}
