using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace PoolWorker.Working;

/// <summary>What the inner stages did for a job, and how long that took.</summary>
/// <param name="job">The job.</param>
internal sealed class InnerWork(string job)
{
    // What the demonstration reads at once: a worker that is killed says nothing any more.
    public const string UnderWay = "encoding ";
    public const string DownloadDone = "downloaded ";
    public const string EncodeDone = "encoded ";

    private static readonly AsyncLocal<InnerWork?> _current = new();
    private long _ticks;
    private int _downloads;
    private int _encodes;
    private int _remoteHits;
    private long _remoteBytes;

    /// <summary>The work of the job that the present flow of calls belongs to.</summary>
    public static InnerWork Current
    {
        get => _current.Value ?? new InnerWork("none");
        set => _current.Value = value;
    }

    public string Job => job;

    public int Downloads => _downloads;

    public int Encodes => _encodes;

    /// <summary>Entries that came from the bucket instead.</summary>
    public int RemoteHits => _remoteHits;

    /// <summary>Bytes that came from the bucket.</summary>
    public long RemoteBytes => Interlocked.Read(ref _remoteBytes);

    public TimeSpan Time => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _ticks));

    public void Downloaded()
    {
        Interlocked.Increment(ref _downloads);
        Console.WriteLine(DownloadDone + job);
    }

    public void Encoded()
    {
        Interlocked.Increment(ref _encodes);
        Console.WriteLine(EncodeDone + job);
    }

    /// <summary>Sorts what the library's meter counts by the job in whose flow of calls it is counted.</summary>
    public static MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name is "smartcache.remote.hits" or "smartcache.remote.io")
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Current.Count(instrument.Name, value, tags));
        listener.Start();
        return listener;
    }

    public async Task<T> MeasureAsync<T>(Func<Task<T>> stage)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            return await stage();
        }
        finally
        {
            Interlocked.Add(ref _ticks, Stopwatch.GetTimestamp() - began);
        }
    }

    private void Count(string instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (instrument.EndsWith("hits", StringComparison.Ordinal))
            Interlocked.Add(ref _remoteHits, (int)value);
        else if (tags is [{ Value: "in" }])
            Interlocked.Add(ref _remoteBytes, value);
    }
}
