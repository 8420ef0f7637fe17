using System.Diagnostics.Metrics;

namespace SmartCache.Diagnostics;

/// <summary>The <c>smartcache.remote.*</c> instruments, and the same figures since the start of this process. Tags name operations and results, never an object.</summary>
internal sealed class RemoteMeter
{
    private readonly GuardedInstrument<long> _requests;
    private readonly GuardedInstrument<double> _duration;
    private readonly GuardedInstrument<long> _bytes;
    private readonly GuardedInstrument<long> _hits;
    private readonly GuardedInstrument<double> _saved;
    private readonly GuardedInstrument<long> _dropped;
    private readonly GuardedInstrument<long> _wrong;
    private readonly GuardedInstrument<long> _rests;
    private readonly GuardedInstrument<long> _leases;
    private long _requestCount;
    private long _sourceHits;
    private long _profileHits;
    private long _in;
    private long _out;
    private long _droppedCount;
    private long _wrongCount;
    private long _savedTicks;

    public RemoteMeter(Func<Meter> meter)
    {
        _requests = new(() => meter().CreateCounter<long>("smartcache.remote.requests", "{request}", "Requests to the remote store by operation and result."));
        _duration = new(() => meter().CreateHistogram<double>("smartcache.remote.duration", "s", "Time to the answer of the remote store, by operation."));
        _bytes = new(() => meter().CreateCounter<long>("smartcache.remote.io", "By", "Payload that went to (out) and came from (in) the remote store."));
        _hits = new(() => meter().CreateCounter<long>("smartcache.remote.hits", "{request}", "Entries that were fetched instead of made."));
        _saved = new(() => meter().CreateCounter<double>("smartcache.remote.saved.time", "s", "Seconds of work that fetching spared, less the fetching."));
        _dropped = new(() => meter().CreateCounter<long>("smartcache.remote.dropped", "{entry}", "Entries that were to be sent and will not be, by reason."));
        _wrong = new(() => meter().CreateCounter<long>("smartcache.remote.wrong", "{object}", "Objects that were proven wrong."));
        _rests = new(() => meter().CreateCounter<long>("smartcache.remote.rests", "{rest}", "How often the store was left alone because it failed, by direction."));
        _leases = new(() => meter().CreateCounter<long>("smartcache.remote.leases", "{lease}", "Work leases by result."));
    }

    public long Requests => Interlocked.Read(ref _requestCount);

    public RemoteStatistics Statistics => new()
    {
        Requests = Requests,
        SourceHits = Interlocked.Read(ref _sourceHits),
        ProfileHits = Interlocked.Read(ref _profileHits),
        FetchedBytes = Interlocked.Read(ref _in),
        SentBytes = Interlocked.Read(ref _out),
        Dropped = Interlocked.Read(ref _droppedCount),
        Wrong = Interlocked.Read(ref _wrongCount),
        SavedTime = TimeSpan.FromTicks(Interlocked.Read(ref _savedTicks)),
    };

    public void Request(string operation, string result, TimeSpan duration)
    {
        Interlocked.Increment(ref _requestCount);
        _requests.Add(1, new("op", operation), new("result", result));
        _duration.Add(duration.TotalSeconds, new KeyValuePair<string, object?>("op", operation));
    }

    public void Moved(string direction, long bytes)
    {
        Interlocked.Add(ref direction == "in" ? ref _in : ref _out, bytes);
        _bytes.Add(bytes, new KeyValuePair<string, object?>("direction", direction));
    }

    public void Hit(string layer, TimeSpan saved)
    {
        Interlocked.Increment(ref layer == "sources" ? ref _sourceHits : ref _profileHits);
        Interlocked.Add(ref _savedTicks, saved.Ticks);
        _hits.Add(1, new KeyValuePair<string, object?>("layer", layer));
        _saved.Add(saved.TotalSeconds, new KeyValuePair<string, object?>("layer", layer));
    }

    public void Dropped(int entries, string reason)
    {
        Interlocked.Add(ref _droppedCount, entries);
        _dropped.Add(entries, new KeyValuePair<string, object?>("reason", reason));
    }

    public void Wrong(string layer)
    {
        Interlocked.Increment(ref _wrongCount);
        _wrong.Add(1, new KeyValuePair<string, object?>("layer", layer));
    }

    public void Rested(string direction) => _rests.Add(1, new KeyValuePair<string, object?>("direction", direction));

    public void Lease(string result) => _leases.Add(1, new KeyValuePair<string, object?>("result", result));
}
