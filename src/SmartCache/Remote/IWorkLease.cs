namespace SmartCache;

/// <summary>The right to do the work of one key, over machines. Disposing of it gives it back.</summary>
public interface IWorkLease : IAsyncDisposable
{
    /// <summary>Shows that the holder lives.</summary>
    /// <param name="progress">How far it is.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>False where somebody else has taken the lease over: the work may go on, and is done twice.</returns>
    ValueTask<bool> ShowLifeAsync(StageProgress progress, CancellationToken cancellationToken = default);
}
