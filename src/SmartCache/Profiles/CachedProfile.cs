namespace SmartCache;

/// <summary>A lease on a cached profile.</summary>
/// <remarks>
/// While it is held, the files under <see cref="Directory"/> stay valid, whatever is evicted, removed, cleared or quarantined. They are the cache's: read them, or
/// take files of your own with <see cref="MaterializeAsync"/>. Disposing twice does nothing. Abstract, so that a test of a job can give it a lease of its own.
/// </remarks>
public abstract class CachedProfile : IAsyncDisposable
{
    /// <summary>What is known of the profile; its directory is <see cref="Directory"/>.</summary>
    public abstract EncodedProfile Profile { get; }

    /// <summary>The directory inside the cache that holds the files; read-only by agreement.</summary>
    /// <remarks>What <see cref="CachedSource.Path"/> says of copies holds for them too.</remarks>
    public string Directory => Profile.Directory;

    /// <summary>How it came here.</summary>
    /// <remarks><see cref="CacheOutcome.Bypass"/>: it could not be stored, and is deleted with the lease.</remarks>
    public CacheOutcome Outcome => Profile.Outcome;

    /// <summary>Gives the caller files of its own, replacing files of the same names and leaving others alone.</summary>
    /// <param name="directory">The directory to fill; made where it does not exist.</param>
    /// <param name="cancellationToken">Ends a copy.</param>
    /// <returns>The most expensive way that a file came out.</returns>
    /// <exception cref="IOException">A file could not be made, or the cached one is no longer what it was; files made so far are gone again.</exception>
    public abstract Task<MaterializedBy> MaterializeAsync(string directory, CancellationToken cancellationToken = default);

    /// <summary>Whether the files still have the bytes they were cached with; asks modification times, and hashes where those differ.</summary>
    /// <param name="cancellationToken">Ends the check.</param>
    public abstract ValueTask<bool> IsIntactAsync(CancellationToken cancellationToken = default);

    /// <summary>Gives the lease back.</summary>
    /// <remarks>Disposing twice does nothing.</remarks>
    public abstract ValueTask DisposeAsync();
}
