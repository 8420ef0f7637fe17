using System.Diagnostics.Metrics;

namespace SmartCache.Diagnostics;

/// <summary>
/// An instrument of the cache. Its listeners are the worker's code and run inside the measuring call, and inside the making of the instrument: what they throw
/// ends here and costs a measurement, never a job.
/// </summary>
internal sealed class GuardedInstrument<T>
    where T : struct
{
    private readonly Counter<T>? _counter;
    private readonly UpDownCounter<T>? _balance;
    private readonly Histogram<T>? _histogram;

    public GuardedInstrument(Func<Instrument<T>> make)
    {
        try
        {
            var made = make();
            (_counter, _balance, _histogram) = (made as Counter<T>, made as UpDownCounter<T>, made as Histogram<T>);
        }
        catch (Exception)
        {
            // An instrument that a listener refuses measures nothing.
        }
    }

    public void Add(T value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            _counter?.Add(value, tags);
            _balance?.Add(value, tags);
            _histogram?.Record(value, tags);
        }
        catch (Exception)
        {
            // As above.
        }
    }
}
