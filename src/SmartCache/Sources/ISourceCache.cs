namespace SmartCache;

/// <summary>The source layer, usable on its own by a worker whose download stage has another shape.</summary>
/// <remarks>No method fails because of the cache.</remarks>
public interface ISourceCache
{
    /// <summary>The cached video; <see langword="null"/> where there is none or the cache can't be used.</summary>
    /// <remarks>While the lease is held its path stays valid.</remarks>
    /// <param name="key">The identity.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<CachedSource?> TryGetAsync(SourceKey key, CancellationToken cancellationToken = default);

    /// <summary>The cached video, or the one that <paramref name="produce"/> makes.</summary>
    /// <remarks>
    /// The same key is produced once at a time over all threads and processes; others wait and get the result. Where the cache can't keep it, the lease holds a
    /// private file that is deleted with it.
    /// </remarks>
    /// <param name="key">The identity.</param>
    /// <param name="produce">Writes the video to the given path, or throws; what it throws comes out here.</param>
    /// <param name="progress">Receives progress while another producer is waited for.</param>
    /// <param name="cancellationToken">Ends this caller's wait, and the production if it is this caller's.</param>
    Task<CachedSource> GetOrAddAsync(SourceKey key, Func<string, CancellationToken, Task> produce, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Adds a file that exists.</summary>
    /// <remarks>It is linked or copied, and stays the caller's.</remarks>
    /// <param name="key">The identity.</param>
    /// <param name="file">The file.</param>
    /// <param name="cost">What making it took; decides what is evicted first under cost-aware policies.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A lease on the entry; <see langword="null"/> where it could not be stored or is not acceptable as a video.</returns>
    Task<CachedSource?> AddAsync(SourceKey key, string file, TimeSpan cost = default, CancellationToken cancellationToken = default);

    /// <summary>Removes the video and what the key led to.</summary>
    /// <remarks>Leases that are held stay valid. A store that hosts share is left as it is: <see cref="ICacheManager.RemoveBySourceAsync"/> removes there too.</remarks>
    /// <param name="key">The identity.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether there was anything.</returns>
    ValueTask<bool> RemoveAsync(SourceKey key, CancellationToken cancellationToken = default);
}
