namespace SmartCache.Tool.Views;

/// <summary><c>job --json</c>.</summary>
internal sealed record JobDetailView(JobView Job, IReadOnlyList<JobStageView> Stages);
