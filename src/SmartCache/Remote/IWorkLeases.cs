namespace SmartCache;

/// <summary>One producer at a time over machines.</summary>
/// <remarks>
/// Saves work, and nothing rests on it: where it fails, two workers may do the same work, and either result is valid. Thread-safe. Without one of the worker's own the
/// remote tier uses leases in the object store, where that proves that it keeps conditions.
/// </remarks>
public interface IWorkLeases
{
    /// <summary>Takes the work of a key, without waiting for anybody.</summary>
    /// <param name="key">What is to be made.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>The lease, which is given back by disposing of it; <see langword="null"/> where somebody else has it.</returns>
    ValueTask<IWorkLease?> TryTakeAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Looks at who has the work of a key.</summary>
    /// <param name="key">What is being made.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns><see langword="null"/> where it is free.</returns>
    ValueTask<WorkSign?> LookAsync(string key, CancellationToken cancellationToken = default);
}
