namespace SmartCache;

/// <summary>What became of a <see cref="PrefetchRequest"/>.</summary>
public enum PrefetchOutcome
{
    /// <summary>It was fetched, and waits for its job.</summary>
    Stored,

    /// <summary>The cache had it.</summary>
    AlreadyThere,

    /// <summary>A job asked for it while it was fetched, and got it.</summary>
    Joined,

    /// <summary>There was no room that nobody needs: nothing was evicted for it but free entries that rank below it. Or 1,000 downloads are announced already.</summary>
    NoRoom,

    /// <summary>
    /// Nothing may be fetched: prefetching or the source layer is not <c>On</c>, the request does not use the cache, or there is no downloader.
    /// </summary>
    NotAllowed,

    /// <summary>The download failed twice, made way for jobs three times and kept nothing of what had come, or what came is not stored. The job finds the cache as if nothing had been tried.</summary>
    Failed,

    /// <summary>Nobody wants it any more: the ticket was disposed of, the job ended, or the cache stopped.</summary>
    Cancelled,

    /// <summary><see cref="PrefetchRequest.UsefulUntil"/> had passed before it could begin.</summary>
    Expired,
}
