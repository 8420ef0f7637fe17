namespace SmartCache.Worker.WholeJob;

/// <summary>What a job asks for.</summary>
/// <param name="Work">Directory below which each attempt has its own.</param>
internal sealed record AttemptPlan(string Work)
{
    public string JobId { get; init; } = "job";

    public string Source { get; init; } = "http://example.test/video";

    public string SourceName { get; init; } = "source.mp4";

    public string[] Profiles { get; init; } = ["720p", "480p"];

    /// <summary>Whether a stage begins when all before it is saved, so that each run sees the same. Not where that cannot come to an end.</summary>
    public bool WaitsForSaves { get; init; } = true;

    public IProgress<StageProgress>? Progress { get; init; }
}
