namespace SmartCache.Remote;

/// <summary>A range that is asked for while what comes before it is still read, so that neither the store nor the line is idle between the two. What is not taken is closed.</summary>
internal sealed class RangeAhead : IDisposable
{
    private readonly CancellationTokenSource _unwanted;
    private readonly Task<ObjectRead> _opening;
    private bool _isTaken;
    private bool _isGivenUp;

    /// <param name="open">Asks for it.</param>
    /// <param name="token">Ends that.</param>
    public RangeAhead(Func<CancellationToken, Task<ObjectRead>> open, CancellationToken token)
    {
        _unwanted = CancellationTokenSource.CreateLinkedTokenSource(token);
        _opening = open(_unwanted.Token);
    }

    /// <summary>The answer, which is the caller's from now on. This has to live until it is there: the token that ends the wait for it is its own.</summary>
    public Task<ObjectRead> TakeAsync()
    {
        _isTaken = true;
        return _opening;
    }

    public void Dispose()
    {
        if (_isTaken)
        {
            _unwanted.Dispose();
        }
        else if (!_isGivenUp)
        {
            _isGivenUp = true;
            UnwaitedCancel.Cancel(_unwanted);
            _ = CloseAsync();
        }
    }

    private async Task CloseAsync()
    {
        try
        {
            new UnwaitedClose(await _opening.ConfigureAwait(false)).Dispose();
        }
        catch (Exception)
        {
            // Nobody wants it any more.
        }

        _unwanted.Dispose();
    }
}
