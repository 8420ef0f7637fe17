namespace EncoderWorker.Serving;

/// <summary>A link that gives so many bytes a second, to all together.</summary>
internal sealed class OriginPace(double bytesPerSecond, TimeProvider time)
{
    // A timer comes late, and writing takes time too: so much the link makes up for, or it would be slower than it says.
    private const double CatchUpSeconds = 0.1;

    private readonly Lock _gate = new();
    private readonly long _began = time.GetTimestamp();
    private double _free;

    /// <summary>Waits until the link has room for these.</summary>
    public Task WaitAsync(int bytes)
    {
        lock (_gate)
        {
            var now = time.GetElapsedTime(_began).TotalSeconds;
            _free = Math.Max(_free, now - CatchUpSeconds) + (bytes / bytesPerSecond);
            return Task.Delay(TimeSpan.FromSeconds(Math.Max(0, _free - now)), time);
        }
    }
}
