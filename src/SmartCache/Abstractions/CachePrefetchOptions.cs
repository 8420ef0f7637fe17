namespace SmartCache;

/// <summary>Settings of what is fetched ahead of jobs; without <see cref="ICacheManager.PrefetchAsync"/> and a warmer they do nothing.</summary>
public sealed class CachePrefetchOptions
{
    /// <summary>Whether announced downloads are made.</summary>
    /// <value>Default <c>On</c>. <c>On</c>, <c>Observe</c> (counts what it would fetch) or <c>Off</c>.</value>
    public string? Mode { get; set; }

    /// <summary>Announced downloads of jobs that run, or wait for their jobs, at a time.</summary>
    /// <value>Default <c>2</c>. From 1 to 64; 4 with a fast encoder.</value>
    public string? Ahead { get; set; }

    /// <summary>Downloads at a time.</summary>
    /// <value>Default <c>1</c>. From 1 to 16.</value>
    public string? Parallel { get; set; }

    /// <summary>What may be fetched and not yet asked for, of <see cref="CacheOptions.MaxSize"/>.</summary>
    /// <value>Default <c>20%</c>. A percentage up to <c>90%</c>, or a size.</value>
    public string? MaxShare { get; set; }

    /// <summary>Bytes a second of each download; kept by waiting in its reports of progress, so a downloader that reports nothing is not slowed.</summary>
    /// <value>Default <c>0</c> (none).</value>
    public string? MaxRate { get; set; }

    /// <summary>What happens while a job of this process downloads or uploads.</summary>
    /// <value>
    /// Default <c>PauseForDownloads</c>: it stops while a job downloads, and goes on beside an upload. <c>Pause</c> stops for both: where what comes and what goes share one link.
    /// <c>Share</c> runs on: for several jobs on a link that they do not fill.
    /// </value>
    public string? DuringTransfers { get; set; }
}
