namespace SmartCache.Eviction;

/// <summary>What is remembered of a video, whether or not anything of it is there.</summary>
internal struct VideoUse
{
    /// <summary>Finished and running jobs that asked for it, halved again and again.</summary>
    public double Jobs { get; set; }

    /// <summary>When it was first asked for.</summary>
    public DateTimeOffset First { get; init; }

    public DateTimeOffset LastSeen { get; set; }

    /// <summary>The job that was counted last; 0 = none. After a restart nothing else tells that it has been.</summary>
    public ulong Latest { get; set; }

    /// <summary>The one that was counted before it: two jobs of a video can run beside each other.</summary>
    public ulong Before { get; set; }
}
