namespace SmartCache.Stages;

/// <summary>What a selector may base its choice on.</summary>
public sealed class KuboTargetQuery
{
    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>The target that already holds most of the job's files: choosing it sends least. <see langword="null"/> where none does.</summary>
    public UploadTarget? Holder { get; init; }

    /// <summary>Targets that failed within this upload, oldest first.</summary>
    public IReadOnlyList<UploadTarget> Failed { get; init; } = [];
}
