using System.Diagnostics.Metrics;

namespace SmartCache.Tests.Support;

/// <summary>What the gauges of one test's own meters say when somebody looks.</summary>
internal static class GaugeReading
{
    /// <summary>By name and tags, such as <c>smartcache.entries layer=sources</c>.</summary>
    public static Dictionary<string, long> Of(IMeterFactory meters)
    {
        var read = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, it) =>
        {
            if (instrument.IsObservable && ReferenceEquals(instrument.Meter.Scope, meters))
            {
                it.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            read.Add(string.Join(' ', [instrument.Name, .. tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}")]), value));
        listener.Start();
        listener.RecordObservableInstruments();
        return read;
    }
}
