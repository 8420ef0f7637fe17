using System.Diagnostics.Metrics;

namespace SmartCache.Benchmarks;

/// <summary>What the cache says it added to the job's path: the sum of <c>smartcache.operation.duration</c>.</summary>
internal sealed class PathTime : IDisposable
{
    private readonly MeterListener _listener = new();

    public PathTime()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument is { Name: "smartcache.operation.duration", Meter.Name: "SmartCache" })
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, seconds, _, _) => (Seconds, Operations) = (Seconds + seconds, Operations + 1));
        _listener.Start();
    }

    public double Seconds { get; private set; }

    public int Operations { get; private set; }

    public void Reset() => (Seconds, Operations) = (0, 0);

    public void Dispose() => _listener.Dispose();
}
