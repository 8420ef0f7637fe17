namespace SmartCache;

/// <summary>The readable state of one job's upload.</summary>
public sealed record UploadState
{
    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>Content hash of the job's source, where known.</summary>
    public string? SourceHash { get; init; }

    /// <summary>Names of the profile entries that the job used.</summary>
    public IReadOnlyList<string> ProfileHashes { get; init; } = [];

    /// <summary>State per profile, by profile name.</summary>
    public IReadOnlyDictionary<string, ProfileUploadState> Profiles { get; init; } = new Dictionary<string, ProfileUploadState>();

    /// <summary>CID of the finished tree; <see langword="null"/> while unfinished.</summary>
    public string? FinalHash { get; init; }

    /// <summary>Whether the job completed or was given up; until then its entries are protected.</summary>
    public bool Ended { get; init; }

    /// <summary>Upload attempts so far.</summary>
    public int Attempts { get; init; }

    /// <summary>When the last attempt began; <see langword="null"/> before the first.</summary>
    public DateTimeOffset? LastAttempt { get; init; }

    /// <summary>Last sign of life of the job, in any stage.</summary>
    public DateTimeOffset LastActivity { get; init; }

    /// <summary>When a retry is known to come; <see langword="null"/> = not known.</summary>
    public DateTimeOffset? RetryExpectedAt { get; init; }

    /// <summary>What the last attempts failed with, newest last, at most 10: exception types and status codes only.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];
}
