using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SmartCache.Diagnostics;

/// <summary>The <c>smartcache.*</c> instruments. Tags name layers, outcomes and operations, never a key, a path or a URL.</summary>
internal sealed class CacheMeter : IDisposable
{
    public const string Name = "SmartCache";

    private readonly ConcurrentDictionary<string, LayerTally> _tallies = new();
    private readonly ConcurrentDictionary<string, LayerTally> _retryTallies = new();
    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _observedHits;
    private readonly Counter<double> _secondsSaved;
    private readonly Counter<long> _bytesSaved;
    private readonly Counter<long> _requestLogLost;
    private readonly Counter<long> _retries;
    private readonly Counter<double> _retrySecondsSaved;
    private readonly Counter<long> _retryBytesSaved;
    private readonly Counter<long> _regrets;
    private readonly Counter<double> _regretSeconds;
    private readonly Counter<long> _regretBytes;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _faults;
    private readonly Counter<long> _evicted;
    private readonly Counter<long> _evictedBytes;
    private readonly Counter<long> _quarantined;

    public CacheMeter(IMeterFactory? factory = null)
    {
        _meter = factory?.Create(Name) ?? new Meter(Name);
        _requests = _meter.CreateCounter<long>("smartcache.requests", "{request}", "Requests by layer and outcome.");
        _observedHits = _meter.CreateCounter<long>("smartcache.observed.hits", "{request}", "Requests that would have hit, of layers in mode Observe.");
        _secondsSaved = _meter.CreateCounter<double>("smartcache.saved.time", "s", "Seconds of work that hits avoided, as measured when the work was done.");
        _bytesSaved = _meter.CreateCounter<long>("smartcache.saved.io", "By", "Bytes that were not moved again.");
        _requestLogLost = _meter.CreateCounter<long>("smartcache.request_log.lost", "{request}", "Requests that are missing in the request log.");
        _retries = _meter.CreateCounter<long>("smartcache.retry.requests", "{request}", "Those of smartcache.requests whose job had asked for the same before, by layer and outcome.");
        _retrySecondsSaved = _meter.CreateCounter<double>("smartcache.retry.saved.time", "s", "The part of smartcache.saved.time that spared a retry.");
        _retryBytesSaved = _meter.CreateCounter<long>("smartcache.retry.saved.io", "By", "The part of smartcache.saved.io that spared a retry.");
        _regrets = _meter.CreateCounter<long>("smartcache.regrets", "{entry}", "Evicted entries that had to be made again, by layer, reason and policy.");
        _regretSeconds = _meter.CreateCounter<double>("smartcache.regret.time", "s", "Seconds of work that eviction destroyed and that had to be done again.");
        _regretBytes = _meter.CreateCounter<long>("smartcache.regret.io", "By", "Bytes of evicted entries that had to be made again.");
        _duration = _meter.CreateHistogram<double>("smartcache.operation.duration", "s", "What the cache added to a job's path, by layer and outcome.");
        _faults = _meter.CreateCounter<long>("smartcache.faults", "{fault}", "Faults of the cache, each of which a job did not notice.");
        _evicted = _meter.CreateCounter<long>("smartcache.evictions", "{entry}", "Entries removed, by layer and reason.");
        _evictedBytes = _meter.CreateCounter<long>("smartcache.evicted.io", "By", "Bytes of entries removed, by layer and reason.");
        _quarantined = _meter.CreateCounter<long>("smartcache.quarantines", "{entry}", "Entries whose bytes were proven wrong.");
    }

    /// <summary>The same figures since the start of this process, for <see cref="ICacheManager.GetStatisticsAsync"/>.</summary>
    public LayerTally Tally(string layer) => _tallies.GetOrAdd(layer, static _ => new LayerTally());

    /// <summary>As <see cref="Tally"/>, of retries only.</summary>
    public LayerTally RetryTally(string layer) => _retryTallies.GetOrAdd(layer, static _ => new LayerTally());

    public void Request(string layer, CacheOutcome outcome, TimeSpan overhead)
    {
        Tally(layer).Count(outcome);
        var layerTag = new KeyValuePair<string, object?>("layer", layer);
        var outcomeTag = new KeyValuePair<string, object?>("outcome", outcome.ToString());
        _requests.Add(1, layerTag, outcomeTag);
        _duration.Record(overhead.TotalSeconds, layerTag, outcomeTag);
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
        _retries.Add(1, new("layer", layer), new("outcome", use.Outcome.ToString()));
        _retrySecondsSaved.Add(use.Saved.TotalSeconds, new KeyValuePair<string, object?>("layer", layer));
        _retryBytesSaved.Add(use.Bytes, new KeyValuePair<string, object?>("layer", layer));
    }

    public void Regretted(string layer, string reason, string policy, TimeSpan time, long bytes)
    {
        Tally(layer).AddRegret(time, bytes);
        var tags = new TagList { { "layer", layer }, { "reason", reason }, { "policy", policy } };
        _regrets.Add(1, tags);
        _regretSeconds.Add(time.TotalSeconds, tags);
        _regretBytes.Add(bytes, tags);
    }

    public void RequestLogLost(int lines) => _requestLogLost.Add(lines);

    public void Fault(string layer, string operation) =>
        _faults.Add(1, new("layer", layer), new("operation", operation));

    public void Evicted(string layer, string reason, long bytes)
    {
        _evicted.Add(1, new("layer", layer), new("reason", reason));
        _evictedBytes.Add(bytes, new("layer", layer), new("reason", reason));
    }

    public void Quarantined(string layer) => _quarantined.Add(1, new KeyValuePair<string, object?>("layer", layer));

    public void Dispose() => _meter.Dispose();
}
