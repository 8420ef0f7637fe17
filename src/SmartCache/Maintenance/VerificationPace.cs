namespace SmartCache.Maintenance;

/// <summary>
/// How fast the background verification may read: twice as fast as the interval asks for, so that a round ends in half of it, within bounds that neither a disk
/// nor a core notices. At the upper bound SHA-256 takes about 1 % of a core.
/// </summary>
internal sealed class VerificationPace(long bytesInAll, TimeSpan interval, TimeProvider time)
{
    public const long Slowest = 1_000_000;
    public const long Fastest = 16_000_000;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);

    private TimeSpan _owed;

    public double BytesPerSecond { get; } = Math.Clamp(2 * bytesInAll / interval.TotalSeconds, Slowest, Fastest);

    /// <summary>Waits as long as the bytes that were read are worth.</summary>
    public async ValueTask AfterAsync(long bytes, CancellationToken cancellationToken)
    {
        _owed += TimeSpan.FromSeconds(bytes / BytesPerSecond);
        if (_owed >= ShortestPause)
        {
            var pause = _owed;
            _owed = TimeSpan.Zero;
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
