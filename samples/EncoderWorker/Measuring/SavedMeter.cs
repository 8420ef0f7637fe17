using System.Diagnostics.Metrics;

namespace EncoderWorker.Measuring;

/// <summary>What the cache saved, read where any monitoring would read it: from the library's own meter.</summary>
internal sealed class SavedMeter : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private double _seconds;
    private long _bytes;

    public SavedMeter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "SmartCache" && instrument.Name is "smartcache.saved.time" or "smartcache.saved.io")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((_, seconds, _, _) => Add(seconds, 0));
        _listener.SetMeasurementEventCallback<long>((_, bytes, _, _) => Add(0, bytes));
        _listener.Start();
    }

    public (double Seconds, long Bytes) Read()
    {
        lock (_lock)
            return (_seconds, _bytes);
    }

    public void Dispose() => _listener.Dispose();

    private void Add(double seconds, long bytes)
    {
        lock (_lock)
        {
            _seconds += seconds;
            _bytes += bytes;
        }
    }
}
