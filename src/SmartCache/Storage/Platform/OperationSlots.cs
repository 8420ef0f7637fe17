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

    // Of those who have a place.
    private int _withoutThread;
    private long _moved;

    /// <summary>
    /// Waits for a place. Those who have one and no thread yet do not hang: the worker's own code may hold the pool, and the time that this takes is not the disk's.
    /// </summary>
    /// <exception cref="TimeoutException">Within <paramref name="patience"/> none came free, and nobody who had one began.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async ValueTask EnterAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (!_free.Wait(0, CancellationToken.None) && !await IsFreeAsync(patience, cancellationToken).ConfigureAwait(false))
        {
            if (Volatile.Read(ref _withoutThread) == 0 && time.GetElapsedTime(Math.Max(began, Interlocked.Read(ref _moved))) >= patience)
            {
                throw Hang(patience);
            }
        }

        Interlocked.Increment(ref _withoutThread);
    }

    /// <summary>The same for a caller that blocks its thread, and whose operation has a thread of its own.</summary>
    /// <exception cref="TimeoutException">None came free within <paramref name="patience"/>.</exception>
    public void Enter(TimeSpan patience)
    {
        if (!_free.Wait(patience))
        {
            throw Hang(patience);
        }

        Interlocked.Increment(ref _withoutThread);
    }

    /// <summary>Whoever has a place has a thread now.</summary>
    public void Begin()
    {
        Interlocked.Exchange(ref _moved, time.GetTimestamp());
        Interlocked.Decrement(ref _withoutThread);
    }

    public void Leave() => _free.Release();

    private static TimeoutException Hang(TimeSpan patience) => new($"Too many operations hang: none of them came back within {patience}.");

    private async ValueTask<bool> IsFreeAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            await _free.WaitAsync(either.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }
}
