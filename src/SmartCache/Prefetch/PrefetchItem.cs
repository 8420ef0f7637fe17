namespace SmartCache.Prefetch;

/// <summary>One announced download, from the announcement until its entry is asked for. Its changing parts belong to whoever holds the queue's lock.</summary>
/// <param name="request">What was announced.</param>
/// <param name="key">Its key.</param>
/// <param name="serial">Its place in the order of announcements.</param>
internal sealed class PrefetchItem(PrefetchRequest request, SourceKey key, long serial)
{
    private readonly TaskCompletionSource<PrefetchOutcome> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PrefetchRequest Request => request;

    public SourceKey Key => key;

    public long Serial => serial;

    /// <summary>The job that the entry belongs to; <see langword="null"/> of what is fetched for whoever asks.</summary>
    public string? JobId => request.Priority == PrefetchPriority.Popular ? null : request.Download.JobId;

    /// <summary>Whether it is for a warmer: only while no stage of a job runs.</summary>
    public bool WhenIdle { get; init; }

    /// <summary>The most that may come; <see langword="null"/> = what there is room for.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Asked right before it begins, where its need is not certain.</summary>
    public Func<CancellationToken, ValueTask<bool>>? IsNeeded { get; init; }

    /// <summary>Seconds to make it, by byte, where that is known; 1 where not.</summary>
    public double Density { get; set; } = 1;

    /// <summary>When it may begin.</summary>
    public DateTimeOffset NotBefore { get; set; } = request.NotBefore ?? DateTimeOffset.MinValue;

    /// <summary>Whether it has had its one further try.</summary>
    public bool HasFailed { get; set; }

    /// <summary>Nobody wants it any more.</summary>
    public bool IsWithdrawn { get; set; }

    /// <summary>A job waits for what is fetched.</summary>
    public bool IsJoined { get; set; }

    /// <summary>Ends the attempt that runs.</summary>
    public CancellationTokenSource? Running { get; set; }

    /// <summary>Since when it stands still for jobs.</summary>
    public long? PausedSince { get; set; }

    public TimeSpan Paused { get; set; }

    /// <summary>Time in the downloader, over all attempts.</summary>
    public TimeSpan Downloading { get; set; }

    /// <summary>The content, once it is known.</summary>
    public string? ContentHash { get; set; }

    /// <summary>Bytes that were stored.</summary>
    public long Bytes { get; set; }

    /// <summary>When it was stored; then it waits for its job.</summary>
    public DateTimeOffset StoredAt { get; set; }

    /// <summary>When it was announced.</summary>
    public required DateTimeOffset AnnouncedAt { get; init; }

    /// <summary>Is told the entry and its bytes, if it was stored.</summary>
    public Action<string, long>? Stored { get; set; }

    public Task<PrefetchOutcome> Completion => _done.Task;

    public bool Complete(PrefetchOutcome outcome) => _done.TrySetResult(outcome);
}
