namespace SmartCache.Tests.Stages;

/// <summary>Keeps every report, in order and on the reporting thread.</summary>
internal sealed class ProgressList : IProgress<StageProgress>
{
    private readonly List<StageProgress> _reports = [];

    public Action<StageProgress>? OnReport { get; init; }

    public IReadOnlyList<StageProgress> Reports
    {
        get
        {
            lock (_reports)
                return [.. _reports];
        }
    }

    public void Report(StageProgress value)
    {
        lock (_reports)
            _reports.Add(value);
        OnReport?.Invoke(value);
    }
}
