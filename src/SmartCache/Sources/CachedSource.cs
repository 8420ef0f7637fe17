namespace SmartCache;

/// <summary>A lease on a cached video.</summary>
/// <remarks>
/// While it is held, <see cref="Path"/> stays valid, whatever is evicted, removed, cleared or quarantined. The file is the cache's: read it, or take one of your
/// own with <see cref="MaterializeAsync"/>. Disposing twice does nothing. Abstract, so that a test of a job can give it a lease of its own.
/// </remarks>
public abstract class CachedSource : IAsyncDisposable
{
    /// <summary>The file inside the cache; read-only by agreement.</summary>
    /// <remarks>
    /// No other job has this file for its own: where one still shares the cached file by hard link, the lease holds a copy instead, which takes the time of copying it,
    /// and its space for as long as the lease is held. Only where there is no space for that it is the shared file: .NET's <c>File</c> locks what it reads, and a job
    /// that writes into its file in place meanwhile is refused. Of <see cref="ISourceCache.AddAsync"/> it is the caller's own file until the caller deletes
    /// that one, and after <see cref="MaterializeAsync"/> it can be the file that was made. A copy goes with the <see cref="CacheManager"/> at the latest.
    /// </remarks>
    public abstract string Path { get; }

    /// <summary>Content hash, length and facts.</summary>
    public abstract SourceMedia Media { get; }

    /// <summary>How it came here.</summary>
    /// <remarks><see cref="CacheOutcome.Bypass"/>: it could not be stored, and is deleted with the lease.</remarks>
    public abstract CacheOutcome Outcome { get; }

    /// <summary>Gives the caller a file of its own, replacing what is there.</summary>
    /// <param name="destination">The file to make; its directory is made too.</param>
    /// <param name="cancellationToken">Ends a copy.</param>
    /// <exception cref="IOException">The file could not be made, or the cached one is no longer what it was.</exception>
    public abstract Task<MaterializedBy> MaterializeAsync(string destination, CancellationToken cancellationToken = default);

    /// <summary>Whether the file still has the bytes it was cached with; asks the modification time, and the hash where that differs.</summary>
    /// <param name="cancellationToken">Ends the check.</param>
    public abstract ValueTask<bool> IsIntactAsync(CancellationToken cancellationToken = default);

    /// <summary>Gives the lease back.</summary>
    /// <remarks>Disposing twice does nothing.</remarks>
    public abstract ValueTask DisposeAsync();
}
