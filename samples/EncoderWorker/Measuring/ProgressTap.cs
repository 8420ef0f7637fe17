using SmartCache;

namespace EncoderWorker.Measuring;

/// <summary>Sees a stage's reports on their way.</summary>
internal sealed class ProgressTap(IProgress<StageProgress>? progress, Action<StageProgress> see) : IProgress<StageProgress>
{
    public void Report(StageProgress value)
    {
        see(value);
        progress?.Report(value);
    }
}
