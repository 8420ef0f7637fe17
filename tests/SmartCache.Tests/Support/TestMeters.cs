using System.Diagnostics.Metrics;

namespace SmartCache.Tests.Support;

/// <summary>Meters of one test's own, so that others at the same time are not measured, and what they measured.</summary>
internal sealed class TestMeters : IMeterFactory
{
    private readonly List<Meter> _meters = [];
    private readonly MeterListener _listener = new();
    private readonly List<(string Name, double Value, string Tags)> _measured = [];

    public TestMeters(Action<string, string>? each = null)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, this))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var text = string.Join(',', tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}"));
            lock (_measured)
            {
                _measured.Add((instrument.Name, value, text));
                Units[instrument.Name] = instrument.Unit;
            }

            each?.Invoke(instrument.Name, text);
        }
    }

    public Dictionary<string, string?> Units { get; } = [];

    /// <summary>Of what was measured with all of these tags, whatever others it has.</summary>
    public double Sum(string name, string tags)
    {
        lock (_measured)
        {
            return _measured.Where(one => one.Name == name && tags.Split(',').All(one.Tags.Split(',').Contains)).Sum(static one => one.Value);
        }
    }

    public double Total(string name)
    {
        lock (_measured)
        {
            return _measured.Where(one => one.Name == name).Sum(static one => one.Value);
        }
    }

    /// <summary>How often it was measured.</summary>
    public int Count(string name)
    {
        lock (_measured)
        {
            return _measured.Count(one => one.Name == name);
        }
    }

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(new MeterOptions(options.Name) { Version = options.Version, Tags = options.Tags, Scope = this });
        _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meters.ForEach(static meter => meter.Dispose());
    }
}
