namespace SmartCache;

/// <summary>A download that a job will ask for, to be made ahead of it.</summary>
/// <remarks>
/// Build the job's request and this from one value: another URL, revision, scope or option is another key, and what was fetched for it serves nobody.
/// </remarks>
/// <param name="Download">
/// The request that the job will make, <see cref="DownloadRequest.JobId"/> included. <see cref="DownloadRequest.DestinationPath"/> is not written to and may be
/// empty; its extension names the file that the downloader is given. <see cref="DownloadRequest.PartialPath"/> is the job's own and not used.
/// </param>
public sealed record PrefetchRequest(DownloadRequest Download)
{
    /// <summary>For whom it is.</summary>
    /// <remarks>Default <see cref="PrefetchPriority.NextJob"/>.</remarks>
    public PrefetchPriority Priority { get; init; }

    /// <summary>It does not begin before this; <see langword="null"/> = at once.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>It does not begin after this, such as the end of a signed URL; <see langword="null"/> = no end.</summary>
    public DateTimeOffset? UsefulUntil { get; init; }

    /// <summary>How many uses are expected; of <see cref="PrefetchPriority.Popular"/> only.</summary>
    /// <remarks>Default 1. What is no positive number counts as 0: last.</remarks>
    public double Weight { get; init; } = 1;

    /// <summary>The key of the downloader's registration; <see langword="null"/> = the last one without a key.</summary>
    public object? DownloaderKey { get; init; }
}
