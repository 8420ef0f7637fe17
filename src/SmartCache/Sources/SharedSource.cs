using SmartCache.Remote;

namespace SmartCache.Sources;

/// <summary>What other hosts had of a source.</summary>
/// <param name="Video">The job's file; <see langword="null"/> where the content turned out to be in this host's own cache.</param>
/// <param name="Record">What the identity leads to, and when the fetch began that found it; <see langword="null"/> where the store answered that nobody has it.</param>
internal sealed record SharedSource(DownloadedVideo? Video, RemoteKey? Record)
{
    /// <summary>Nobody has it. Not where the store did not answer: of one that rests nothing more is asked.</summary>
    public static SharedSource NotThere { get; } = new(null, null);

    /// <summary>What the download cost whoever did it.</summary>
    public TimeSpan Cost { get; init; }
}
