namespace SmartCache.Stages;

/// <summary>What a selector may base its choice on.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Holder">The target that already holds most of the job's files: choosing it sends least. <see langword="null"/> where none does.</param>
/// <param name="Failed">Targets that failed within this upload, oldest first.</param>
public sealed record KuboTargetQuery(string JobId, UploadTarget? Holder, IReadOnlyList<UploadTarget> Failed);
