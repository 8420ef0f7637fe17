namespace SmartCache.Uploads;

/// <summary>What a job that is not done yet needs of the other layers.</summary>
/// <param name="JobId">Its id, as it is stored.</param>
/// <param name="SourceHashes">Content hashes of its sources.</param>
/// <param name="ProfileEntries">Names of its profile entries.</param>
/// <param name="LastActivity">Its last sign of life in any stage.</param>
/// <param name="RetryExpectedAt">When a retry is known to come.</param>
internal sealed record UnfinishedJob(
    string JobId,
    IReadOnlyList<string> SourceHashes,
    IReadOnlyList<string> ProfileEntries,
    DateTimeOffset LastActivity,
    DateTimeOffset? RetryExpectedAt);
