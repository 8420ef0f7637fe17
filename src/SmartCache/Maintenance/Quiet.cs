namespace SmartCache.Maintenance;

/// <summary>Lets something be said once, and again only after a time. Thread-safe.</summary>
internal sealed class Quiet(TimeProvider time, TimeSpan silence)
{
    private readonly Lock _gate = new();
    private long? _last;

    /// <summary>Whether it may be said now; from then on it is quiet.</summary>
    public bool TrySay()
    {
        lock (_gate)
        {
            if (_last is { } last && time.GetElapsedTime(last) < silence)
            {
                return false;
            }

            _last = time.GetTimestamp();
            return true;
        }
    }
}
