namespace SmartCache;

/// <summary>The profile layer, usable on its own by a worker whose encode stage has another shape.</summary>
/// <remarks>No method fails because of the cache.</remarks>
public interface IProfileCache
{
    /// <summary>The cached profile; <see langword="null"/> where there is none or the cache can't be used.</summary>
    /// <remarks>While the lease is held its path stays valid.</remarks>
    /// <param name="key">The identity.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<CachedProfile?> TryGetAsync(ProfileKey key, CancellationToken cancellationToken = default);

    /// <summary>The cached profile, or the one that <paramref name="produce"/> makes.</summary>
    /// <remarks>
    /// The same key is produced once at a time over all threads and processes; others wait and get the result. Where the cache can't keep it, the lease holds a
    /// private directory that is deleted with it.
    /// </remarks>
    /// <param name="key">The identity.</param>
    /// <param name="produce">Writes the profile's files into the given directory and says what they are, or throws; what it throws comes out here.</param>
    /// <param name="progress">Receives progress while another producer is waited for.</param>
    /// <param name="cancellationToken">Ends this caller's wait, and the production if it is this caller's.</param>
    Task<CachedProfile> GetOrAddAsync(ProfileKey key, Func<string, CancellationToken, Task<EncodedProfile>> produce, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Adds a profile that exists.</summary>
    /// <remarks>Its files are linked or copied, and stay the caller's. Only what its playlist reaches and its declared extras are taken.</remarks>
    /// <param name="key">The identity.</param>
    /// <param name="profile">The profile.</param>
    /// <param name="cost">What making it took.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A lease on the entry; <see langword="null"/> where it could not be stored or is not whole.</returns>
    Task<CachedProfile?> AddAsync(ProfileKey key, EncodedProfile profile, TimeSpan cost = default, CancellationToken cancellationToken = default);

    /// <summary>Removes the profile.</summary>
    /// <remarks>Leases that are held stay valid.</remarks>
    /// <param name="key">The identity.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether there was one.</returns>
    ValueTask<bool> RemoveAsync(ProfileKey key, CancellationToken cancellationToken = default);
}
