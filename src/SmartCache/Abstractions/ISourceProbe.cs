namespace SmartCache;

/// <summary>Optional: looks into a source once per content.</summary>
/// <remarks>
/// The facts are remembered and outlive the evicted source. A probe that throws means that the file is not a usable video, so it is not stored; a probe that
/// succeeds proves nothing.
/// </remarks>
public interface ISourceProbe
{
    /// <summary>Reads the facts of one file; see <see cref="MediaFacts"/> for names the library knows.</summary>
    /// <param name="path">The file; it stays the cache's. The job may have it too, by hard link: .NET's <c>File</c> locks what it reads, and the job's own writes would be refused meanwhile. A child process such as ffprobe takes no such lock.</param>
    /// <param name="cancellationToken">Ends the probe.</param>
    ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default);
}
