namespace SmartCache.Stages.Http;

/// <summary>What the sidecar of a partial file says about it. No URL: hashes only.</summary>
internal sealed record PartialClaims
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    /// <summary><see cref="DownloadSource.Identity"/>.</summary>
    public required string Identity { get; init; }

    /// <summary>The strong entity tag that the bytes were served under, and by which <see cref="DownloadEndpoint.Validity"/>.</summary>
    public string? EntityTag { get; init; }

    /// <summary>The modification time that they were served under, as HTTP writes it, where that is strong and no entity tag is.</summary>
    public string? LastModified { get; init; }

    public string? Validity { get; init; }

    /// <summary>Length of the whole.</summary>
    public long Total { get; init; }

    /// <summary>
    /// Which run of the kernel wrote the bytes. Nothing is flushed during a download: after a power cut the file can have
    /// its length and hold zeroes, so only the same run's bytes are continued.
    /// </summary>
    public string? Boot { get; init; }

    /// <summary>Whether the bytes were flushed when the file was put back: where runs of the kernel cannot be told apart.</summary>
    public bool Flushed { get; init; }

    /// <summary>
    /// Length and time of the file when it was put back. File and sidecar are two files and twins may put back at the same time:
    /// these tie a sidecar to its own file.
    /// </summary>
    public long Length { get; init; }

    public long ModifiedTicks { get; init; }
}
