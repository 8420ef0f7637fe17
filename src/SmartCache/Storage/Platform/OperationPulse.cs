namespace SmartCache.Storage.Platform;

/// <summary>
/// The sign of life of one cache operation: whoever copies, hashes or scans beats it, and the boundary gives the operation up when it falls silent.
/// An abandoned operation must not touch the worker's files any more; it finds out at its next beat.
/// </summary>
internal sealed class OperationPulse(TimeProvider time, CancellationToken cancellationToken, OperationSlots? slots = null)
{
    private OperationSlots? _slots = slots;
    private long _last;
    private volatile bool _begun;
    private volatile bool _abandoned;

    /// <summary>Is told of each beat that the operation has; must return at once.</summary>
    public Action? Beaten { get; set; }

    /// <summary>For operations nobody waits for with a limit, such as maintenance in the background.</summary>
    public static OperationPulse Unwatched(CancellationToken cancellationToken) => new(TimeProvider.System, cancellationToken);

    /// <summary>For how long the operation has shown nothing. One that has no thread yet is not idle: the worker's own code may hold all of the pool, and the disk is well.</summary>
    public TimeSpan Idle => _begun ? time.GetElapsedTime(Interlocked.Read(ref _last)) : TimeSpan.Zero;

    /// <summary>The operation has a thread.</summary>
    public void Begin()
    {
        Interlocked.Exchange(ref _last, time.GetTimestamp());
        _begun = true;
        _slots?.Begin();
    }

    /// <summary>Gives the place of an operation that has not moved yet to the next one. At the first beat, and at the latest at the operation's end.</summary>
    public void LeaveSlot()
    {
        if (Volatile.Read(ref _slots) is not null)
        {
            Interlocked.Exchange(ref _slots, null)?.Leave();
        }
    }

    /// <summary>Whether somebody still waits for the result.</summary>
    public bool IsWanted => !_abandoned && !cancellationToken.IsCancellationRequested;

    public void Abandon() => _abandoned = true;

    /// <summary>Reports progress, and throws where nobody wants the result any more.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled, or gave up waiting.</exception>
    public void Beat()
    {
        Interlocked.Exchange(ref _last, time.GetTimestamp());
        LeaveSlot();
        Beaten?.Invoke();
        cancellationToken.ThrowIfCancellationRequested();
        if (_abandoned)
        {
            throw new OperationCanceledException("The cache operation took too long and was given up.");
        }
    }
}
