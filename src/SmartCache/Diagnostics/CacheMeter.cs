using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace SmartCache.Diagnostics;

/// <summary>The <c>smartcache.*</c> instruments. What the worker's listeners throw ends here. Tags name layers, outcomes and operations, never a key, a path or a URL.</summary>
internal sealed class CacheMeter : IDisposable
{
    private readonly ConcurrentDictionary<string, LayerTally> _tallies = new();
    private readonly ConcurrentDictionary<string, LayerTally> _retryTallies = new();
    private readonly Meter _meter;
    private readonly GuardedInstrument<long> _requests;
    private readonly GuardedInstrument<long> _observedHits;
    private readonly GuardedInstrument<double> _secondsSaved;
    private readonly GuardedInstrument<long> _bytesSaved;
    private readonly GuardedInstrument<long> _historyLost;
    private readonly GuardedInstrument<long> _retries;
    private readonly GuardedInstrument<double> _retrySecondsSaved;
    private readonly GuardedInstrument<long> _retryBytesSaved;
    private readonly GuardedInstrument<long> _regrets;
    private readonly GuardedInstrument<double> _regretSeconds;
    private readonly GuardedInstrument<long> _regretBytes;
    private readonly GuardedInstrument<double> _duration;
    private readonly GuardedInstrument<long> _faults;
    private readonly GuardedInstrument<long> _evicted;
    private readonly GuardedInstrument<long> _evictedBytes;
    private readonly GuardedInstrument<long> _quarantined;
    private readonly GuardedInstrument<double> _resumedSeconds;
    private readonly GuardedInstrument<long> _partsRefused;
    private readonly GuardedInstrument<long> _sameStreams;
    private readonly GuardedInstrument<double> _sameStreamsSeconds;
    private readonly GuardedInstrument<long> _prefetchRequests;
    private readonly GuardedInstrument<long> _prefetchObserved;
    private readonly GuardedInstrument<long> _prefetchBytes;
    private readonly GuardedInstrument<double> _prefetchHidden;
    private readonly GuardedInstrument<double> _prefetchPaused;
    private long _resumedTicks;
    private volatile Func<CacheState>? _state;

    public CacheMeter(IMeterFactory? factory = null)
    {
        _meter = MadeBy(factory) ?? new Meter(SmartCacheTelemetry.MeterName);
        _requests = new(() => _meter.CreateCounter<long>("smartcache.requests", "{request}", "Requests by layer, outcome and reason."));
        _observedHits = new(() => _meter.CreateCounter<long>("smartcache.observed.hits", "{request}", "Requests that would have hit, of layers in mode Observe."));
        _secondsSaved = new(() => _meter.CreateCounter<double>("smartcache.saved.time", "s", "Seconds of work that hits avoided, as measured when the work was done."));
        _bytesSaved = new(() => _meter.CreateCounter<long>("smartcache.saved.io", "By", "Bytes that were not moved again."));
        _historyLost = new(() => _meter.CreateCounter<long>("smartcache.history.lost", "{event}", "Events that are missing in the history."));
        _retries = new(() => _meter.CreateCounter<long>("smartcache.retry.requests", "{request}", "Those of smartcache.requests whose job had asked for the same before, by layer, outcome and reason."));
        _retrySecondsSaved = new(() => _meter.CreateCounter<double>("smartcache.retry.saved.time", "s", "The part of smartcache.saved.time that spared a retry."));
        _retryBytesSaved = new(() => _meter.CreateCounter<long>("smartcache.retry.saved.io", "By", "The part of smartcache.saved.io that spared a retry."));
        _regrets = new(() => _meter.CreateCounter<long>("smartcache.regrets", "{entry}", "Evicted entries that had to be made again, by layer, reason and policy."));
        _regretSeconds = new(() => _meter.CreateCounter<double>("smartcache.regret.time", "s", "Seconds of work that eviction destroyed and that had to be done again."));
        _regretBytes = new(() => _meter.CreateCounter<long>("smartcache.regret.io", "By", "Bytes of evicted entries that had to be made again."));
        _duration = new(() => _meter.CreateHistogram<double>("smartcache.operation.duration", "s", "What the cache added to a job's path, by layer and outcome."));
        _faults = new(() => _meter.CreateCounter<long>("smartcache.faults", "{fault}", "Faults of the cache, each of which a job did not notice."));
        _evicted = new(() => _meter.CreateCounter<long>("smartcache.evictions", "{entry}", "Entries removed, by layer and reason."));
        _evictedBytes = new(() => _meter.CreateCounter<long>("smartcache.evicted.io", "By", "Bytes of entries removed, by layer and reason."));
        _quarantined = new(() => _meter.CreateCounter<long>("smartcache.quarantines", "{entry}", "Entries whose bytes were proven wrong."));
        _resumedSeconds = new(() => _meter.CreateCounter<double>("smartcache.checkpoint.reused.time", "s", "Seconds of work in the parts that encodes went on from."));
        _prefetchRequests = new(() => _meter.CreateCounter<long>("smartcache.prefetch.requests", "{request}", "Announced downloads that are over, by priority and outcome."));
        _prefetchObserved = new(() => _meter.CreateCounter<long>("smartcache.prefetch.observed", "{request}", "Downloads that would have been made ahead, in mode Observe."));
        _prefetchBytes = new(() => _meter.CreateUpDownCounter<long>("smartcache.prefetch.io", "By", "Bytes that were fetched ahead, by what became of them: used, wasted or waiting."));
        _prefetchHidden = new(() => _meter.CreateCounter<double>("smartcache.prefetch.time.hidden", "s", "Seconds of download that lay before the requests that needed them."));
        _prefetchPaused = new(() => _meter.CreateCounter<double>("smartcache.prefetch.paused.time", "s", "Seconds for which downloads ahead stood still for jobs."));
        _partsRefused = new(() => _meter.CreateCounter<long>("smartcache.checkpoint.refused", "{part}", "Finished parts of encodes that were not kept, by reason."));
        _sameStreams = new(() => _meter.CreateCounter<long>("smartcache.sources.same_streams", "{source}", "Downloaded sources that differ from another one in metadata alone."));
        _sameStreamsSeconds = new(() => _meter.CreateCounter<double>("smartcache.sources.same_streams.time", "s", "Seconds of encodes whose result another source of the same streams had. Not saved: nothing is served by streams."));
        Remote = new RemoteMeter(() => _meter);
    }

    /// <summary>What was fetched ahead, since the start of this process.</summary>
    public PrefetchTally Prefetch { get; } = new();

    /// <summary>The figures of the remote tier.</summary>
    public RemoteMeter Remote { get; }

    /// <summary>The same figures since the start of this process, for <see cref="ICacheManager.GetStatisticsAsync"/>.</summary>
    public LayerTally Tally(string layer) => _tallies.GetOrAdd(layer, static _ => new LayerTally());

    /// <summary>As <see cref="Tally"/>, of retries only.</summary>
    public LayerTally RetryTally(string layer) => _retryTallies.GetOrAdd(layer, static _ => new LayerTally());

    public RetryStatistics RetriesOf(string layer) => RetryTally(layer).Retries;

    public void Request(string layer, CacheOutcome outcome, CacheReason reason, TimeSpan overhead)
    {
        Tally(layer).Count(outcome);
        var layerTag = new KeyValuePair<string, object?>("layer", layer);
        var outcomeTag = new KeyValuePair<string, object?>("outcome", outcome.ToString());
        _requests.Add(1, layerTag, outcomeTag, new KeyValuePair<string, object?>("reason", reason.ToString()));
        _duration.Add(overhead.TotalSeconds, layerTag, outcomeTag);
    }

    public void WouldHaveHit(string layer)
    {
        Tally(layer).CountObservedHit();
        _observedHits.Add(1, new KeyValuePair<string, object?>("layer", layer));
    }

    public void Saved(string layer, TimeSpan time, long bytes)
    {
        Tally(layer).AddSaved(time, bytes);
        _secondsSaved.Add(time.TotalSeconds, new KeyValuePair<string, object?>("layer", layer));
        _bytesSaved.Add(bytes, new KeyValuePair<string, object?>("layer", layer));
    }

    /// <summary>A request that is in the other figures too turned out to belong to a retry.</summary>
    public void Retried(string layer, StageUse use)
    {
        var tally = RetryTally(layer);
        tally.Count(use.Outcome);
        tally.AddSaved(use.Saved, use.Bytes);
        _retries.Add(1, new("layer", layer), new("outcome", use.Outcome.ToString()), new("reason", use.Reason.ToString()));
        _retrySecondsSaved.Add(use.Saved.TotalSeconds, new KeyValuePair<string, object?>("layer", layer));
        _retryBytesSaved.Add(use.Bytes, new KeyValuePair<string, object?>("layer", layer));
    }

    public void Regretted(string layer, string reason, string policy, TimeSpan time, long bytes)
    {
        Tally(layer).AddRegret(time, bytes);
        ReadOnlySpan<KeyValuePair<string, object?>> tags = [new("layer", layer), new("reason", reason), new("policy", policy)];
        _regrets.Add(1, tags);
        _regretSeconds.Add(time.TotalSeconds, tags);
        _regretBytes.Add(bytes, tags);
    }

    public void HistoryLost(int events) => _historyLost.Add(events);

    public void Fault(string layer, string operation, CacheReason reason)
    {
        Tally(layer).CountFault();
        _faults.Add(1, new("layer", layer), new("operation", operation), new("reason", reason.ToString()));
    }

    public void Evicted(string layer, string reason, long bytes)
    {
        _evicted.Add(1, new("layer", layer), new("reason", reason));
        _evictedBytes.Add(bytes, new("layer", layer), new("reason", reason));
    }

    public void Quarantined(string layer)
    {
        Tally(layer).CountQuarantined();
        _quarantined.Add(1, new KeyValuePair<string, object?>("layer", layer));
    }

    /// <summary>Work in the parts that encodes of this process went on from.</summary>
    public TimeSpan ResumedTime => TimeSpan.FromTicks(Interlocked.Read(ref _resumedTicks));

    public void Resumed(TimeSpan work)
    {
        Interlocked.Add(ref _resumedTicks, work.Ticks);
        _resumedSeconds.Add(work.TotalSeconds);
    }

    /// <summary>An announced download is over.</summary>
    public void PrefetchDone(PrefetchPriority priority, PrefetchOutcome outcome) =>
        _prefetchRequests.Add(1, new("priority", priority.ToString()), new("outcome", outcome.ToString()));

    public void PrefetchObserved()
    {
        Prefetch.CountObserved();
        _prefetchObserved.Add(1);
    }

    /// <summary>Bytes were fetched ahead and wait; fewer than 0 where that is taken back.</summary>
    public void PrefetchFetched(long bytes)
    {
        Prefetch.AddFetched(bytes);
        _prefetchBytes.Add(bytes, Waiting);
    }

    public void PrefetchUsed(long bytes, TimeSpan hidden)
    {
        Prefetch.AddUsed(bytes, hidden);
        _prefetchBytes.Add(-bytes, Waiting);
        _prefetchBytes.Add(bytes, new KeyValuePair<string, object?>("use", "used"));
        _prefetchHidden.Add(hidden.TotalSeconds);
    }

    public void PrefetchWasted(long bytes)
    {
        Prefetch.AddWasted(bytes);
        _prefetchBytes.Add(-bytes, Waiting);
        _prefetchBytes.Add(bytes, new KeyValuePair<string, object?>("use", "wasted"));
    }

    public void PrefetchPaused(TimeSpan time)
    {
        Prefetch.AddPaused(time);
        _prefetchPaused.Add(time.TotalSeconds);
    }

    private static KeyValuePair<string, object?> Waiting => new("use", "waiting");

    public void PartRefused(CacheReason reason) => _partsRefused.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    /// <summary>A source was downloaded that holds the streams of another one.</summary>
    public void SameStreams() => _sameStreams.Add(1);

    /// <summary>A profile was made that such another one has.</summary>
    public void SameStreamsMade(TimeSpan time) => _sameStreamsSeconds.Add(time.TotalSeconds);

    /// <summary>Lets the gauges tell what <paramref name="state"/> gives, at each look of whoever measures.</summary>
    public void Watch(Func<CacheState> state)
    {
        _state = state;
        CacheGauges.AddTo(_meter, () => _state?.Invoke());
    }

    public void Dispose()
    {
        // A meter that a factory made lives as long as that, and keeps its gauges.
        _state = null;
        try
        {
            _meter.Dispose();
        }
        catch (Exception)
        {
            // A listener that is told of the end.
        }
    }

    private static Meter? MadeBy(IMeterFactory? factory)
    {
        try
        {
            return factory?.Create(SmartCacheTelemetry.MeterName);
        }
        catch (Exception)
        {
            // The worker's own code: the figures of GetStatisticsAsync are right without it.
            return null;
        }
    }
}
