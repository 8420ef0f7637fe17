namespace SmartCache.Remote;

/// <summary>What a question to the remote store came to.</summary>
internal enum RemoteResult
{
    /// <summary>It answered with what was asked for.</summary>
    Found,

    /// <summary>It said that there is no such object. Nothing else means that: an error that counted as absent would hide a sick store.</summary>
    NotThere,

    /// <summary>It was not asked, because it failed a moment ago.</summary>
    Resting,

    /// <summary>It did not answer in time, or a transfer moved no byte for too long.</summary>
    TimedOut,

    /// <summary>It failed in another way.</summary>
    Failed,

    /// <summary>The transfer would have taken longer than the work.</summary>
    TooSlow,

    /// <summary>What it gave was proven wrong.</summary>
    Wrong,

    /// <summary>A newer version of the library wrote it.</summary>
    Newer,

    /// <summary>Too many transfers ran at once.</summary>
    Busy,

    /// <summary>The worker's own disk did not take it.</summary>
    NoRoom,

    /// <summary>It is there, and was not fetched, because the tier only observes.</summary>
    WouldHaveHit,

    /// <summary>It was there, and this host could not judge it.</summary>
    NotJudged,

    /// <summary>A condition did not hold.</summary>
    Refused,
}
