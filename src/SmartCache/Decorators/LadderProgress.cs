namespace SmartCache;

/// <summary>The progress of a run is a sign of life of each profile that it still makes.</summary>
internal sealed class LadderProgress(Func<IReadOnlyList<LadderRung>> rungs, IProgress<StageProgress>? inner) : IProgress<StageProgress>
{
    public void Report(StageProgress value)
    {
        ShowLife(value);
        inner?.Report(value);
    }

    public void ShowLife(StageProgress value)
    {
        foreach (var rung in rungs())
        {
            rung.ShowLife(value);
        }
    }
}
