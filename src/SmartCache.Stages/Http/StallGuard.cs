namespace SmartCache.Stages.Http;

/// <summary>A cancellation that comes when nothing arrives for too long. It runs only while <see cref="Watch"/> is in force.</summary>
internal sealed class StallGuard : IDisposable
{
    private readonly CancellationTokenSource _stall;
    private readonly CancellationTokenSource _linked;

    public StallGuard(TimeProvider time, CancellationToken cancellationToken)
    {
        _stall = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stall.Token);
    }

    public CancellationToken Token => _linked.Token;

    public bool Stalled => _stall.IsCancellationRequested;

    public void Watch(TimeSpan patience) => _stall.CancelAfter(patience);

    /// <summary>While the disk is at work, the network's clock stands.</summary>
    public void Pause() => _stall.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _linked.Dispose();
        _stall.Dispose();
    }
}
