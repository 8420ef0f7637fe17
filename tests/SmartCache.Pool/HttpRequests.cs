using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace SmartCache.Pool;

/// <summary>Counts what goes over the wire, of all clients of the process: each part of a large put is one, which <see cref="CountingStore"/> does not see.</summary>
internal sealed class HttpRequests : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, int> _counts = new();

    public HttpRequests()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument is { Name: "http.client.request.duration", Meter.Name: "System.Net.Http" })
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (tag is { Key: "http.request.method", Value: string method })
                {
                    _counts.AddOrUpdate(method, 1, static (_, count) => count + 1);
                }
            }
        });
        _listener.Start();
    }

    public int this[params IEnumerable<string> methods] => methods.Sum(method => _counts.GetValueOrDefault(method));

    public override string ToString() => _counts.IsEmpty ? "none" : string.Join(", ", _counts.OrderBy(static one => one.Key, StringComparer.Ordinal).Select(static one => $"{one.Value} {one.Key}"));

    public void Reset() => _counts.Clear();

    public void Dispose() => _listener.Dispose();
}
