namespace SmartCache;

/// <summary>The upload layer: what each target has confirmed, and a readable view per job.</summary>
public interface IUploadStateStore
{
    /// <summary>The state of one job; <see langword="null"/> where nothing is known.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<UploadState?> LoadAsync(string jobId, CancellationToken cancellationToken = default);

    /// <summary>Hashes the tree and opens a session on it.</summary>
    /// <remarks>
    /// Never fails because of the cache: where the state cannot be read or kept, the session knows nothing and remembers for its own life only. Throws where the
    /// worker's own tree cannot be read.
    /// </remarks>
    /// <param name="request">The tree.</param>
    /// <param name="progress">Receives progress while the tree is hashed and presence is checked.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IUploadSession> OpenAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Forgets a job's readable state; what targets confirmed stays, because it is about content.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether there was one.</returns>
    ValueTask<bool> RemoveAsync(string jobId, CancellationToken cancellationToken = default);

    /// <summary>The states of all jobs that are known, in no order.</summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    IAsyncEnumerable<UploadState> ListAsync(CancellationToken cancellationToken = default);
}
