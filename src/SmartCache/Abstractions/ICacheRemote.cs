namespace SmartCache;

/// <summary>The remote tier for whoever looks after it: what lies in the store, and what is done with it by hand. No job needs it.</summary>
/// <remarks>
/// Whoever asks here is told what goes wrong: an <see cref="ObjectStoreException"/>, of the fault <see cref="ObjectStoreFault.Misconfigured"/> where no store is registered. A store that
/// jobs leave alone at the moment is asked all the same, and what it answers changes nothing for them.
/// </remarks>
public interface ICacheRemote
{
    /// <summary>How the tier is used, and what it waits for. Asks the disk, and not the store.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<RemoteStatus> GetStatusAsync(CancellationToken cancellationToken = default);

    /// <summary>The sources and profiles in the store, in no order; read with one listing of each, before the first is given.</summary>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="ObjectStoreException">The store did not list them.</exception>
    IAsyncEnumerable<RemoteEntry> ReadEntriesAsync(CancellationToken cancellationToken = default);

    /// <summary>Whether the store keeps the conditions of a put, which leases of work rest on: the answer of the last day, or one that is found now with objects that are deleted afterwards.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns><see langword="null"/> where it could not be found out. See <see cref="RemoteStatus.BrokenCondition"/> for what does not hold.</returns>
    Task<bool?> ProveConditionsAsync(CancellationToken cancellationToken = default);

    /// <summary>Sends what is here and not there, and may be sent (<c>Cache:Remote:Sources</c>, <c>Profiles</c>). For a store that is new, or has lost something.</summary>
    /// <remarks>In portions of half <c>QueueSize</c>. It ends early where the store takes no more; what is owed by then is sent as ever.</remarks>
    /// <param name="cancellationToken">Ends it; what is owed stays owed.</param>
    /// <exception cref="ObjectStoreException">The store did not say what it has, or <c>Cache:Remote:Mode</c> does not allow to send.</exception>
    Task<RemotePush> PushAsync(CancellationToken cancellationToken = default);

    /// <summary>Fetches what other hosts have stored, the newest first, into the local cache, for jobs to come.</summary>
    /// <remarks>
    /// Only into space that is free: nothing goes for it, and room for the largest unfinished job is left. At <c>DownloadRate</c>, one entry after the other, every byte checked. A job that
    /// asks for such a source asks the store for its key first, so a store that is gone by then makes it a miss; a profile is a hit without it.
    /// </remarks>
    /// <param name="budget">Bytes to fetch at most; <see langword="null"/> = what has room.</param>
    /// <param name="predicate">Which entries; <see langword="null"/> = all.</param>
    /// <param name="cancellationToken">Ends it; what has come stays.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="budget"/> is negative.</exception>
    /// <exception cref="ObjectStoreException">The store did not say what it has.</exception>
    Task<RemoteWarming> WarmAsync(long? budget = null, Func<RemoteEntry, bool>? predicate = null, CancellationToken cancellationToken = default);

    /// <summary>Reads entries in the store to their end and checks every byte. Nothing of them is kept.</summary>
    /// <remarks>What is proven wrong is counted, and stays unless <paramref name="deletesWrong"/> is given. At <c>DownloadRate</c>.</remarks>
    /// <param name="deletesWrong">Whether what is proven wrong is deleted there, where <c>Cache:Remote:Mode</c> allows to write. Another version of the library may have stored it, and call it right.</param>
    /// <param name="sample">How many entries, chosen by chance; <see langword="null"/> = all.</param>
    /// <param name="predicate">Of which entries; <see langword="null"/> = all.</param>
    /// <param name="progress">Is told the bytes that were read, piece by piece, on threads of the cache's own.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="sample"/> is negative.</exception>
    /// <exception cref="ObjectStoreException">The store did not say what it has.</exception>
    Task<RemoteVerification> VerifyAsync(bool deletesWrong = false, int? sample = null, Func<RemoteEntry, bool>? predicate = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Deletes a source in the store: the keys that lead to it as far as this host knows them, the source, and every profile made of it. What is here stays.</summary>
    /// <remarks>A key that only other hosts know stays until its age; it leads to nothing then.</remarks>
    /// <param name="contentHash">The source's content hash, 64 hexadecimal digits.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it is gone. Otherwise it is owed, and done when the store answers.</returns>
    /// <exception cref="ArgumentException">The content hash is none.</exception>
    /// <exception cref="ObjectStoreException"><c>Cache:Remote:Mode</c> does not allow to write, or it could not be noted.</exception>
    Task<bool> RemoveSourceAsync(string contentHash, CancellationToken cancellationToken = default);
}
