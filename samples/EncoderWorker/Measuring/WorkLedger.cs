using System.Collections.Concurrent;

namespace EncoderWorker.Measuring;

/// <summary>Finds the counters of a job's running attempt. A job runs one attempt at a time.</summary>
internal sealed class WorkLedger
{
    private readonly ConcurrentDictionary<string, AttemptCounters> _running = new(StringComparer.Ordinal);
    private readonly AsyncLocal<AttemptCounters?> _downloading = new();

    /// <summary>The counters of the download that the current flow of calls belongs to; an HTTP request does not say whose it is.</summary>
    public AttemptCounters? Downloading
    {
        get => _downloading.Value;
        set => _downloading.Value = value;
    }

    public AttemptCounters Begin(string jobId) => _running[jobId] = new AttemptCounters();

    /// <summary>Counters nobody reads where no attempt of the job runs.</summary>
    public AttemptCounters For(string? jobId) =>
        jobId is not null && _running.TryGetValue(jobId, out var counters) ? counters : new AttemptCounters();
}
