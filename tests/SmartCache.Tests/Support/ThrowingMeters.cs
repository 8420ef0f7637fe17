using System.Diagnostics.Metrics;

namespace SmartCache.Tests.Support;

/// <summary>Meters with a listener that throws at one of its calls, or that cannot be made.</summary>
internal sealed class ThrowingMeters : IMeterFactory
{
    private readonly string _where;
    private readonly MeterListener _listener = new();
    private readonly List<Meter> _meters = [];
    private int _threw;

    public ThrowingMeters(string where)
    {
        _where = where;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, this))
            {
                Throw(nameof(MeterListener.InstrumentPublished));
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, _, _, _) => Throw("measurement"));
        _listener.SetMeasurementEventCallback<double>((_, _, _, _) => Throw("measurement"));
        _listener.MeasurementsCompleted = (_, _) => Throw("measurement");
        _listener.Start();
    }

    public int Threw => Volatile.Read(ref _threw);

    public Meter Create(MeterOptions options)
    {
        Throw(nameof(Create));
        var meter = new Meter(new MeterOptions(options.Name) { Scope = this });
        _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        _listener.MeasurementsCompleted = null;
        _listener.Dispose();
        _meters.ForEach(static meter => meter.Dispose());
    }

    private void Throw(string at)
    {
        if (at == _where)
        {
            Interlocked.Increment(ref _threw);
            throw new InvalidOperationException("the exporter is gone");
        }
    }
}
