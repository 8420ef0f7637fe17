namespace SmartCache.Remote;

/// <summary>Holds all transfers of one direction to a number of bytes a second. Half a second's worth may come at once.</summary>
/// <param name="rate">Bytes a second; 0 = no limit.</param>
/// <param name="time">The clock.</param>
internal sealed class Pace(Func<long> rate, TimeProvider time)
{
    private static readonly TimeSpan Burst = TimeSpan.FromSeconds(0.5);

    private readonly Lock _gate = new();
    private readonly long _began = time.GetTimestamp();
    private TimeSpan _free;

    /// <summary>Waits until so many bytes may have passed.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="guard">Of the transfer: that it is held up here is no standstill.</param>
    /// <param name="patience">What the guard gets beside the wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task TakeAsync(int bytes, StallGuard guard, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (rate() is not (> 0 and var perSecond))
        {
            return Task.CompletedTask;
        }

        TimeSpan wait;
        lock (_gate)
        {
            var now = time.GetElapsedTime(_began);
            _free = (_free > now - Burst ? _free : now - Burst) + TimeSpan.FromSeconds((double)bytes / perSecond);
            wait = _free - now;
        }

        if (wait <= TimeSpan.Zero)
        {
            return Task.CompletedTask;
        }

        guard.Moved(patience + wait);
        return Task.Delay(wait, time, cancellationToken);
    }
}
