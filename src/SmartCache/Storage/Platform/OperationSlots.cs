using System.Diagnostics.CodeAnalysis;

namespace SmartCache.Storage.Platform;

/// <summary>
/// How many operations of a layer may be asking the disk without having moved yet. Whoever finds no place waits without a thread: on a disk that hangs, the
/// operations that were begun stay in their places until it comes back, whoever stopped waiting for them.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Nobody asks for the semaphore's wait handle, so it holds nothing; and what hangs leaves after all else is disposed of.")]
internal sealed class OperationSlots(TimeProvider time)
{
    // As many as the thread pool would run at once anyway.
    private readonly SemaphoreSlim _free = new(Math.Max(8, Environment.ProcessorCount));

    /// <exception cref="TimeoutException">None came free within <paramref name="patience"/>.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async ValueTask EnterAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        if (_free.Wait(0, CancellationToken.None))
        {
            return;
        }

        using var late = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            await _free.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"Too many operations hang: none of them came back within {patience}.");
        }
    }

    public void Leave() => _free.Release();
}
