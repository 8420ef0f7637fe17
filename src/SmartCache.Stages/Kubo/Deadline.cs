namespace SmartCache.Stages.Kubo;

/// <summary>The end of one request: by the caller, after a total time that grows with its size, or when its bytes stop flowing.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly TimeSpan _total;
    private readonly TimeSpan _stall;
    private readonly CancellationTokenSource _totalSource;
    private readonly CancellationTokenSource _stallSource;
    private readonly CancellationTokenSource _linked;

    public Deadline(TimeSpan total, TimeSpan stall, TimeProvider time, CancellationToken caller)
    {
        _total = total;
        _stall = stall;
        _totalSource = new CancellationTokenSource(total, time);
        _stallSource = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_totalSource.Token, _stallSource.Token, caller);
    }

    public CancellationToken Token => _linked.Token;

    /// <summary>What ended it, in words; <see langword="null"/> where neither time did.</summary>
    public string? Expired =>
        _stallSource.IsCancellationRequested ? $"took no more bytes for {_stall.TotalSeconds:0.#} s"
        : _totalSource.IsCancellationRequested ? $"did not answer within {_total.TotalSeconds:0.#} s"
        : null;

    /// <summary>Whether the total ended it, rather than a stall.</summary>
    public bool NoAnswer => _totalSource.IsCancellationRequested && !_stallSource.IsCancellationRequested;

    /// <summary>Bytes flowed: the stall time begins again.</summary>
    public void Moved() => _stallSource.CancelAfter(_stall);

    /// <summary>Everything is sent; from here only the total counts, because a node may be busy hashing and says nothing meanwhile.</summary>
    public void Sent() => _stallSource.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _linked.Dispose();
        _stallSource.Dispose();
        _totalSource.Dispose();
    }
}
