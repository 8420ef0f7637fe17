namespace SmartCache;

/// <summary>The whole cache: its stores, and what concerns more than one of them.</summary>
/// <remarks>No method fails because of the cache.</remarks>
public interface ICacheManager
{
    /// <summary>The source layer.</summary>
    ISourceCache Sources { get; }

    /// <summary>The profile layer.</summary>
    IProfileCache Profiles { get; }

    /// <summary>The upload layer.</summary>
    IUploadStateStore Uploads { get; }

    /// <summary>The remote tier for whoever looks after it; no job needs it.</summary>
    ICacheRemote Remote { get; }

    /// <summary>What a download request would lead to, without downloading: known also after the source itself was evicted.</summary>
    /// <remarks>
    /// <see langword="null"/> where it was never seen, or too long ago, where it has not the expected length, and where a probe that was registered later has yet to look at it.
    /// </remarks>
    /// <param name="request">The request; only what makes its identity counts, and <see cref="DownloadRequest.ExpectedLength"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<SourceMedia?> TryGetMediaAsync(DownloadRequest request, CancellationToken cancellationToken = default);

    /// <summary>Which stages a job still needs.</summary>
    /// <remarks>The plan leases what it promises, so that it is still there when it is asked for: dispose of it when the job is done.</remarks>
    /// <param name="request">How the source would be downloaded.</param>
    /// <param name="profiles">The profiles that the job wants, each with a name of its own.</param>
    /// <param name="encoder">Describes, and encodes what is missing; the decorated one, so that what it makes is stored.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">Two of the profiles have the same name.</exception>
    Task<JobPlan> PlanAsync(DownloadRequest request, IReadOnlyList<EncodingProfile> profiles, IProfileEncoder encoder, CancellationToken cancellationToken = default);

    /// <summary>Drops a source that the worker found bad, with all that is known about it: the next request downloads it again.</summary>
    /// <param name="video">The video.</param>
    /// <param name="reason">Why, for the log. Keep credentials out of it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether there was one.</returns>
    ValueTask<bool> RejectSourceAsync(DownloadedVideo video, string reason, CancellationToken cancellationToken = default);

    /// <summary>The same for whoever knows the content and has no file of it.</summary>
    /// <param name="contentHash">The source's content hash, 64 hexadecimal digits.</param>
    /// <param name="reason">Why, for the log. Keep credentials out of it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="ArgumentException">The content hash is none.</exception>
    ValueTask<bool> RejectContentAsync(string contentHash, string reason, CancellationToken cancellationToken = default);

    /// <summary>The job is done without an upload through the cache: its entries are no longer protected.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask CompleteJobAsync(string jobId, CancellationToken cancellationToken = default);

    /// <summary>The job is given up: its entries are no longer protected.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask AbandonJobAsync(string jobId, CancellationToken cancellationToken = default);

    /// <summary>A retry of the job is known to come: its entries stay protected until then.</summary>
    /// <remarks>
    /// A source that is evicted all the same, and of which a profile is missing too, is fetched again a minute before: where this process downloaded it, and
    /// <c>Cache:Prefetch:Mode</c> is <c>On</c>.
    /// </remarks>
    /// <param name="jobId">The job.</param>
    /// <param name="at">When.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask ExpectRetryAsync(string jobId, DateTimeOffset at, CancellationToken cancellationToken = default);

    /// <summary>Announces a download that a job will ask for, so that it is made ahead: while another job encodes, say.</summary>
    /// <remarks>
    /// <para>
    /// Returns at once; no fault of the cache or of the origin is thrown. The download is made by the worker's own downloader, without the cache around it and in a scope of
    /// its own. It takes no room that a job needs, and makes way for the downloads of jobs (<c>Cache:Prefetch:DuringTransfers</c>). A job that asks for it meanwhile joins it.
    /// </para>
    /// <para>Announce what this worker holds, not the whole queue of many: what another one takes was fetched for nothing.</para>
    /// </remarks>
    /// <param name="request">The request that the job will make.</param>
    /// <param name="cancellationToken">Ends the call, and nothing that was announced.</param>
    /// <returns>The announcement. Dispose of it when the download is no longer wanted.</returns>
    ValueTask<PrefetchTicket> PrefetchAsync(PrefetchRequest request, CancellationToken cancellationToken = default);

    /// <summary>Removes a source and every profile made from it, where hosts share a store also there.</summary>
    /// <param name="contentHash">The source's content hash, 64 hexadecimal digits.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Entries removed.</returns>
    Task<int> RemoveBySourceAsync(string contentHash, CancellationToken cancellationToken = default);

    /// <summary>Removes one entry by its name.</summary>
    /// <remarks>What is leased stays valid until its lease ends. What is known of a source's content stays, and so do the profiles that were made from it, and what a store has that hosts share.</remarks>
    /// <param name="kind">What it holds.</param>
    /// <param name="name">Its name, as <see cref="InspectedEntry.Name"/> has it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="ArgumentException">No entry of that kind can have that name.</exception>
    Task<bool> RemoveEntryAsync(EntryKind kind, string name, CancellationToken cancellationToken = default);

    /// <summary>Removes what only one scope knows: its keys, and the sources and profiles to which no key of another scope, or of none, leads.</summary>
    /// <remarks>
    /// For a tenant who leaves. What targets confirmed is about content and stays, as do the states of jobs, which name no scope. Partial downloads go when they are
    /// idle for an hour. An earlier version of a video, whose key leads to a newer one by now, is known by no key: it goes by its age (<c>MaxAge</c>). Call it when
    /// the scope's jobs are over: one that runs stores its work again. It is about this host: a store that hosts share keeps its objects until they are removed by their
    /// source, or expire.
    /// </remarks>
    /// <param name="scope">The scope, as in <see cref="DownloadRequest.Scope"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Entries removed.</returns>
    Task<int> RemoveByScopeAsync(string scope, CancellationToken cancellationToken = default);

    /// <summary>Cleans up now, as the background service does at each <c>CleanupInterval</c>.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    Task<CleanupReport> CleanupAsync(CancellationToken cancellationToken = default);

    /// <summary>Reads every byte of every entry and quarantines what is wrong.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    Task<VerifyReport> VerifyAsync(CancellationToken cancellationToken = default);

    /// <summary>Reads every byte of one entry and quarantines it where it is wrong.</summary>
    /// <param name="kind">The layer.</param>
    /// <param name="entry">The entry's name, as in <see cref="InspectedEntry.Name"/>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Nothing is counted of an entry that is not there, or could not be read.</returns>
    /// <exception cref="ArgumentException">It is no name of an entry.</exception>
    Task<VerifyReport> VerifyEntryAsync(EntryKind kind, string entry, CancellationToken cancellationToken = default);

    /// <summary>What lies in the cache and what it did since this process started.</summary>
    /// <remarks>Scans the directory.</remarks>
    /// <param name="cancellationToken">Ends the scan.</param>
    Task<CacheStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default);

    /// <summary>What this process knows of the cache from memory: for health checks and gauges, at any rate.</summary>
    /// <remarks>Asks the disk nothing, waits for nothing, and throws nothing.</remarks>
    CacheState GetState();

    /// <summary>Removes every entry of the source and profile layer, with keys and facts.</summary>
    /// <remarks>What is leased stays valid until its lease ends. Upload states stay.</remarks>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Entries removed.</returns>
    Task<int> ClearAsync(CancellationToken cancellationToken = default);

    /// <summary>Removes every entry of one layer: of sources with keys and facts, of profiles with the parts of unfinished encodes.</summary>
    /// <remarks>What is leased stays valid until its lease ends. Upload states stay.</remarks>
    /// <param name="kind">What the layer holds.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Entries removed.</returns>
    Task<int> ClearLayerAsync(EntryKind kind, CancellationToken cancellationToken = default);

    /// <summary>Waits until everything that is being saved in the background is saved.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task FlushAsync(CancellationToken cancellationToken = default);
}
