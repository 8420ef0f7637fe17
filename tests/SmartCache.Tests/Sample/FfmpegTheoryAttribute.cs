namespace SmartCache.Tests.Sample;

/// <summary>As <see cref="FfmpegFactAttribute"/>, with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FfmpegTheoryAttribute : TheoryAttribute
{
    public FfmpegTheoryAttribute()
    {
        Skip = TinyVideo.ReasonToSkip;
        Timeout = 900_000;
    }
}
