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

    /// <summary>How many announced it and still want it.</summary>
    public int Holders { get; set; } = 1;

    /// <summary>Nobody wants it any more.</summary>
    public bool IsWithdrawn { get; set; }

    /// <summary>A job waits for what the attempt that runs fetches, or waited for what the last one did.</summary>
    public bool IsJoined { get; set; }

    /// <summary>Ends the attempt that runs.</summary>
    public CancellationTokenSource? Running { get; set; }

    /// <summary>Since when it stands still for jobs.</summary>
    public long? PausedSince { get; set; }

    public TimeSpan Paused { get; set; }

    /// <summary>Time in the downloader, over all attempts.</summary>
    public TimeSpan Downloading { get; private set; }

    /// <summary>The part of it in which the bytes came that there are: of attempts that left none behind, nothing.</summary>
    public TimeSpan Cost { get; private set; }

    /// <summary>How many attempts in a row kept nothing of what they had downloaded.</summary>
    public int InVain { get; private set; }

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

    /// <summary>Whether <paramref name="other"/>, which was announced before, is the same. Not where its URL is of use for a shorter time; and a warmer's is counted apart.</summary>
    public bool IsAnsweredBy(PrefetchItem other) =>
        Key.Name == other.Key.Name && request.Priority == other.Request.Priority && request.Download.JobId == other.Request.Download.JobId
        && Equals(request.DownloaderKey, other.Request.DownloaderKey) && (other.Request.UsefulUntil is not { } until || until >= request.UsefulUntil)
        && !other.IsWithdrawn && !other.IsJoined && !WhenIdle && !other.WhenIdle && IsNeeded is null && other.IsNeeded is null;

    /// <summary>Whether the last attempt left a partial behind.</summary>
    public bool HasPartial { get; private set; }

    /// <summary>An attempt is over.</summary>
    /// <param name="took">Time in the downloader.</param>
    /// <param name="hasResumed">Whether it went on from what an earlier one had left.</param>
    /// <param name="before">What lay in the partial when it began.</param>
    /// <param name="after">What lies there now.</param>
    public void NoteAttempt(TimeSpan took, bool hasResumed, long before, long after)
    {
        Downloading += took;
        Cost = hasResumed ? Cost + took : took;
        InVain = after > before ? 0 : InVain + 1;
        HasPartial = after > 0;
    }

    public Task<PrefetchOutcome> Completion => _done.Task;

    public bool Complete(PrefetchOutcome outcome) => _done.TrySetResult(outcome);
}
