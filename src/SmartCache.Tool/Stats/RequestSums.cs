using SmartCache.Tool.Views;

namespace SmartCache.Tool.Stats;

/// <summary>Adds up how requests went.</summary>
internal sealed class RequestSums
{
    private readonly int[] _outcomes = new int[Enum.GetValues<CacheOutcome>().Length];
    private double _savedSeconds;
    private long _savedBytes;

    public void Add(HistoryEvent request)
    {
        var outcome = request.Outcome ?? CacheOutcome.Miss;
        _outcomes[(int)outcome]++;
        if (outcome == CacheOutcome.Prefetched)
        {
            // Its bytes were downloaded once.
            _savedSeconds += request.Cost?.TotalSeconds ?? 0;
        }
        else if (outcome is CacheOutcome.Hit or CacheOutcome.Joined)
        {
            _savedSeconds += request.Cost?.TotalSeconds ?? 0;
            _savedBytes += request.Bytes ?? 0;
        }
    }

    public RequestFiguresView ToView()
    {
        var (hits, joined, prefetched, misses) = (Of(CacheOutcome.Hit), Of(CacheOutcome.Joined), Of(CacheOutcome.Prefetched), Of(CacheOutcome.Miss));
        var asked = hits + joined + prefetched + misses;
        return new RequestFiguresView
        {
            Requests = _outcomes.Sum(),
            Hits = hits,
            Joined = joined,
            Prefetched = prefetched,
            Misses = misses,
            Bypassed = Of(CacheOutcome.Bypass),
            HitRate = asked == 0 ? null : (double)(hits + joined) / asked,
            SavedSeconds = _savedSeconds,
            SavedBytes = _savedBytes,
        };
    }

    private int Of(CacheOutcome outcome) => _outcomes[(int)outcome];
}
