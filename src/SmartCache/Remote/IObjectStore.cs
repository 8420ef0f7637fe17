namespace SmartCache;

/// <summary>An adaptor to an object store that exists, for the remote tier: a pool of workers shares what one of them has downloaded, encoded or confirmed.</summary>
/// <remarks>
/// <para>
/// Thread-safe. It does not retry, cache, log, queue or wait beyond what the engine needs: the tier does. It ends soon after its token is cancelled; where it does not,
/// the tier stops waiting for it.
/// </para>
/// <para>Whatever goes wrong is an <see cref="ObjectStoreException"/>, whose text names no credential and no presigned address. Any other exception counts as <see cref="ObjectStoreFault.Protocol"/>.</para>
/// </remarks>
public interface IObjectStore
{
    /// <summary>Engine, host and bucket, for the log. Never credentials.</summary>
    string Description { get; }

    /// <summary>Opens an object for reading.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="range">Which bytes of it; <see langword="null"/> for all. What begins inside the object and ends behind it is cut to the object's end.</param>
    /// <param name="ifTag">Only if it has this tag.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>The object, whose stream gives exactly <see cref="ObjectRead.Length"/> bytes or throws. <see langword="null"/> where it is definitely absent, or has another tag.</returns>
    ValueTask<ObjectRead?> GetAsync(string name, ObjectRange? range, string? ifTag, CancellationToken cancellationToken = default);

    /// <summary>What an object is.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns><see langword="null"/> where it is definitely absent.</returns>
    ValueTask<ObjectEntry?> StatAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Stores an object in one step: others see the old one, or nothing, until all of it is there.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="body">Its bytes; may be opened several times, also at once, for parts.</param>
    /// <param name="condition">When it is to be stored.</param>
    /// <param name="cancellationToken">Ends the request; what was sent is not seen by anybody.</param>
    /// <returns>Whether it was stored, and its tag.</returns>
    ValueTask<ObjectPut> PutAsync(string name, IObjectBody body, PutCondition condition, CancellationToken cancellationToken = default);

    /// <summary>Deletes an object. One that is absent is fine.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="ifTag">Only if it has this tag, where the engine can tell.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    ValueTask DeleteAsync(string name, string? ifTag, CancellationToken cancellationToken = default);

    /// <summary>Renews <see cref="ObjectEntry.Modified"/> without moving the bytes through the caller.</summary>
    /// <param name="name">The object.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>False where the engine cannot, or the object is absent.</returns>
    ValueTask<bool> TouchAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>All objects whose names begin so, in ordinal order.</summary>
    /// <param name="prefix">The beginning.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken cancellationToken = default);
}
