namespace SmartCache;

/// <summary>Settings of the remote tier: an object store that a pool of workers shares.</summary>
/// <remarks>The store itself comes from a package, such as SmartCache.S3, or from <c>UseRemoteStore</c>.</remarks>
public sealed class CacheRemoteOptions
{
    /// <summary>How the store is used.</summary>
    /// <value>Default <c>Off</c>. A <see cref="RemoteMode"/>.</value>
    public string? Mode { get; set; }

    /// <summary>Which sources are sent.</summary>
    /// <value>Default <c>Proven</c>. <c>Proven</c>, <c>All</c> or <c>Off</c>.</value>
    public string? Sources { get; set; }

    /// <summary>Whether profiles are shared.</summary>
    /// <value>Default <c>On</c>. <c>Off</c> or <c>On</c>.</value>
    public string? Profiles { get; set; }

    /// <summary>Whether confirmations of uploads are shared.</summary>
    /// <value>Default <c>On</c>. <c>Off</c> or <c>On</c>.</value>
    public string? Confirmations { get; set; }

    /// <summary>What the names of all objects begin with: a tenant's own part of the bucket.</summary>
    /// <remarks>Needs a restart.</remarks>
    /// <value>Default <c>smartcache</c>. Letters, digits, <c>-</c>, <c>_</c>, <c>.</c> and single slashes between them.</value>
    public string? Prefix { get; set; }

    /// <summary>How long a job waits for the first byte of an answer.</summary>
    /// <value>Default <c>2s</c>. From <c>100ms</c> to <c>1m</c>.</value>
    public string? LookupTimeout { get; set; }

    /// <summary>A transfer that moves no byte for so long is given up. There is no limit on a whole transfer.</summary>
    /// <value>Default <c>10s</c>. From <c>1s</c> to <c>1h</c>.</value>
    public string? StallTimeout { get; set; }

    /// <summary>How long a store that fails is left alone before it is tried again, by nobody who waits.</summary>
    /// <value>Default <c>60s</c>. From <c>1s</c> to <c>1h</c>.</value>
    public string? RestTime { get; set; }

    /// <summary>How long it is remembered that something is not there.</summary>
    /// <value>Default <c>30s</c>. Up to <c>1h</c>; <c>0s</c> = not at all.</value>
    public string? MissAge { get; set; }

    /// <summary>Whether workers of different hosts leave each other's work alone.</summary>
    /// <value>Default <c>Auto</c>: where the store proves that it keeps conditions. <c>Auto</c> or <c>Off</c>.</value>
    public string? Coordinate { get; set; }

    /// <summary>Bytes a second that this process sends at most.</summary>
    /// <value>Default <c>0</c>: no limit. A size up to <c>1000000TB</c>.</value>
    public string? UploadRate { get; set; }

    /// <summary>Bytes a second that this process fetches at most.</summary>
    /// <value>Default <c>0</c>: no limit. A size up to <c>1000000TB</c>.</value>
    public string? DownloadRate { get; set; }

    /// <summary>How many entries this process sends at once.</summary>
    /// <value>Default <c>2</c>. From <c>1</c> to <c>64</c>.</value>
    public string? Uploads { get; set; }

    /// <summary>How many bytes of entries may wait to be sent, over all processes of the host; the oldest are given up first.</summary>
    /// <value>Default <c>10GB</c>. From <c>1MB</c> to <c>1000000TB</c>.</value>
    public string? QueueSize { get; set; }

    /// <summary>How long an entry may wait to be sent before that is given up.</summary>
    /// <value>Default <c>24h</c>. From <c>1m</c> to <c>30d</c>.</value>
    public string? QueueAge { get; set; }

    /// <summary>How long an object may lie unused in the store. Whoever uses one that is older than a quarter of it renews it; the store's own rule deletes the rest.</summary>
    /// <value>Default <c>30d</c>. From <c>1h</c> to <c>3650d</c>.</value>
    public string? MaxAge { get; set; }
}
