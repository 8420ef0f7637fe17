namespace SmartCache.Remote;

/// <summary>
/// Cancels a transfer that moves nothing. There is no limit on the whole of it: a hard one kills what is large, and none at all hangs for ever.
/// </summary>
internal sealed class StallGuard : IDisposable
{
    private readonly CancellationTokenSource _stalled;
    private readonly CancellationTokenSource _either;
    private readonly CancellationToken _caller;

    public StallGuard(TimeSpan patience, TimeProvider time, CancellationToken caller)
    {
        _caller = caller;
        _stalled = new CancellationTokenSource(patience, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_stalled.Token, caller);
    }

    public CancellationToken Token => _either.Token;

    /// <summary>Whether it was this that ended the transfer, and not the caller.</summary>
    public bool HasStalled => _stalled.IsCancellationRequested && !_caller.IsCancellationRequested;

    /// <summary>Bytes moved: so much patience from now on.</summary>
    public void Moved(TimeSpan patience)
    {
        try
        {
            _stalled.CancelAfter(patience);
        }
        catch (ObjectDisposedException)
        {
            // The last byte of a transfer that was given up.
        }
    }

    public void Dispose()
    {
        _either.Dispose();
        _stalled.Dispose();
    }
}
