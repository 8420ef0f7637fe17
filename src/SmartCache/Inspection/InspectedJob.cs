namespace SmartCache;

/// <summary>One job on record.</summary>
/// <remarks>Later versions may have more properties.</remarks>
public sealed record InspectedJob
{
    /// <summary>The 16 digits that stand for the job in the history and at the end of its file's name.</summary>
    public required string Job { get; init; }

    /// <summary>What is on record; the id of a job is kept up to 1,024 characters.</summary>
    public required UploadState State { get; init; }
}
