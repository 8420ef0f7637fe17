using SmartCache.Abstractions;

namespace SmartCache.Prefetch;

/// <summary>
/// The last downloads of jobs of this process, with what they took: what a retry will ask for. In memory alone, because a URL may carry credentials, and without an
/// allocation, because it is told on the path of each job.
/// </summary>
internal sealed class RememberedRequests
{
    private const int Kept = 256;

    private readonly Lock _gate = new();
    private readonly (DownloadRequest? Request, object? DownloaderKey, ulong Job, TimeSpan Cost)[] _last = new (DownloadRequest?, object?, ulong, TimeSpan)[Kept];
    private int _next;

    public void Add(DownloadRequest request, object? downloaderKey, TimeSpan cost)
    {
        if (string.IsNullOrEmpty(request.JobId))
        {
            return;
        }

        var job = NameHash.Of(request.JobId);
        lock (_gate)
        {
            _last[_next] = (request, downloaderKey, job, cost);
            _next = (_next + 1) % Kept;
        }
    }

    /// <summary>A job ended: it asks for nothing more.</summary>
    public void Forget(ulong job)
    {
        lock (_gate)
        {
            for (var at = 0; at < Kept; at++)
            {
                if (_last[at].Job == job)
                {
                    _last[at] = default;
                }
            }
        }
    }

    /// <summary>Nothing will be fetched of it.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            Array.Clear(_last);
        }
    }

    /// <summary>The newest of a job; <see langword="null"/> where it made none here, or too long ago.</summary>
    public (DownloadRequest Request, object? DownloaderKey, TimeSpan Cost)? Of(string jobId)
    {
        lock (_gate)
        {
            for (var back = 1; back <= Kept; back++)
            {
                if (_last[(_next - back + Kept) % Kept] is { Request: { } request, DownloaderKey: var key, Cost: var cost } && request.JobId == jobId)
                {
                    return (request, key, cost);
                }
            }

            return null;
        }
    }
}
