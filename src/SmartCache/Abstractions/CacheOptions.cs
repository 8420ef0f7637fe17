namespace SmartCache;

/// <summary>The appsettings section <c>Cache</c>, as strings; every value is optional and checked at start, all errors at once.</summary>
/// <remarks>
/// <para>
/// Sizes are <c>50GB</c> (10⁹), <c>50GiB</c> (2³⁰) or plain bytes; durations are <c>30s</c>, <c>5m</c>, <c>24h</c>, <c>7d</c> or <c>hh:mm:ss</c>. Code that has numbers
/// uses the <c>Set…</c> methods.
/// </para>
/// <para>Whoever adds a setting begins in <c>Configuration/SettingTable.cs</c>: default, range, environment name, parser and the table in the docs come from its row.</para>
/// </remarks>
public sealed partial class CacheOptions
{
    /// <summary>Whether the cache is on; off, the decorators call straight through.</summary>
    /// <value>Default <c>true</c>. <c>true</c> or <c>false</c>.</value>
    public string? Enabled { get; set; }

    /// <summary>The source layer.</summary>
    public CacheLayerOptions Sources { get; set; } = new();

    /// <summary>The profile layer.</summary>
    public CacheLayerOptions Profiles { get; set; } = new();

    /// <summary>The upload layer.</summary>
    public CacheLayerOptions Uploads { get; set; } = new();

    /// <summary>Root directory of the cache.</summary>
    /// <remarks>Needs a restart.</remarks>
    /// <value>Default: the first directory in <c>CACHE_DIRECTORY</c> (systemd sets it), else <c>./cache</c>.</value>
    public string? Directory { get; set; }

    /// <summary>Where single layers lie, if not below the root.</summary>
    /// <remarks>Needs a restart.</remarks>
    public CacheLocationOptions Locations { get; set; } = new();

    /// <summary>Hard limit on the disk use of the cache, over all processes that share it.</summary>
    /// <value>Default <c>50GB</c>. From <c>1MB</c> to <c>1000000TB</c>.</value>
    public string? MaxSize { get; set; }

    /// <summary>Free space that the cache leaves on its file system.</summary>
    /// <value>Default <c>5GB</c>. A size up to <c>1000000TB</c> (<c>0</c> for no floor), or a percentage of the file system below 100: <c>10%</c>.</value>
    public string? MinFreeSpace { get; set; }

    /// <summary>Free inodes that the cache leaves on its file system: how many files can still be made there.</summary>
    /// <remarks>None where the file system does not count them.</remarks>
    /// <value>Default <c>5%</c>. A whole number from <c>64</c> to <c>1000000000000</c>, or a percentage of the file system's inodes below 100; never less than 64.</value>
    public string? MinFreeInodes { get; set; }

    /// <summary>An entry unused this long is removed, but not before its job ended.</summary>
    /// <value>Default <c>24h</c>. From <c>1m</c> to <c>3650d</c>.</value>
    public string? MaxAge { get; set; }

    /// <summary>A source known only by URL is fetched again when its fetch is older than this.</summary>
    /// <value>Default <c>24h</c>. Up to <c>3650d</c>; <c>0s</c> = always fetched again.</value>
    public string? MaxSourceAge { get; set; }

    /// <summary>How long the state of an unfinished job is kept.</summary>
    /// <value>Default <c>7d</c>. From <c>1m</c> to <c>3650d</c>.</value>
    public string? UploadStateMaxAge { get; set; }

    /// <summary>A recorded CID older than this is checked before it is relied on; without a way to check, the file is sent again.</summary>
    /// <value>Default <c>1h</c>. Up to <c>3650d</c>; <c>0s</c> = always checked.</value>
    public string? TrustUploads { get; set; }

    /// <summary>When a confirmed upload is flushed to the disk: how many of the last confirmations a power cut may cost. Killing the worker costs none.</summary>
    /// <value>Default <c>5s</c>: in the background, at most so long after it was recorded. A duration from <c>100ms</c> to <c>1h</c>; <c>OnClose</c> = when the upload ends; <c>Always</c> = before the recording returns, which waits for the disk.</value>
    public string? ConfirmationsFlush { get; set; }

    /// <summary>How often the cache is cleaned up.</summary>
    /// <value>Default <c>1h</c>. From <c>1s</c> to <c>30d</c>.</value>
    public string? CleanupInterval { get; set; }

    /// <summary>Which entries go first when space is short.</summary>
    /// <value>Default <c>LRU</c>. <c>LRU</c>, <c>COST</c>, <c>FIFO</c>, <c>SIZE</c>, or the name of a registered <see cref="IEvictionPolicy"/>.</value>
    public string? EvictionPolicy { get; set; }

    /// <summary>Keeps what happened in the cache below the root, in <c>history/</c>: what was asked for and why it was not served, what was stored, and what became of it.</summary>
    /// <remarks>Holds hashes and the names of profiles, no URL, option or job id.</remarks>
    /// <value>Default <c>8MB</c>. <c>Off</c> or <c>0</c>, or what the files of all processes may take together, from <c>1MB</c> to <c>10GB</c>, such as <c>64MB</c>; never more than a hundredth of <see cref="MaxSize"/>. The oldest go first.</value>
    public string? History { get; set; }

    /// <summary>Parts of unfinished encodes, for retries.</summary>
    public CacheCheckpointOptions Checkpoints { get; set; } = new();

    /// <summary>What is fetched ahead of jobs.</summary>
    public CachePrefetchOptions Prefetch { get; set; } = new();

    /// <summary>What is fetched while the worker is idle.</summary>
    public CacheWarmOptions Warm { get; set; } = new();

    /// <summary>The remote tier: an object store that a pool of workers shares.</summary>
    public CacheRemoteOptions Remote { get; set; } = new();

    /// <summary>How a worker gets its file from the cache.</summary>
    /// <value>Default <c>Auto</c> (reflink, else hard link where nobody else shares the file, else copy). <c>Auto</c>, <c>Reflink</c>, <c>HardLink</c> or <c>Copy</c>; a way that is not possible falls back to a copy.</value>
    public string? Materialize { get; set; }

    /// <summary>What is checked on a hit.</summary>
    /// <value>Default <c>Quick</c> (manifest, names, sizes, times). <c>Full</c> reads and hashes every byte.</value>
    public string? Integrity { get; set; }

    /// <summary>How often each entry is fully hashed again in the background; longer where 8 MB/s for each layer are not enough.</summary>
    /// <value>Default <c>7d</c>. From <c>1h</c> to <c>3650d</c>.</value>
    public string? VerifyInterval { get; set; }

    /// <summary>How long to wait for another worker's same work without a sign of life from it before doing it oneself.</summary>
    /// <value>Default <c>5m</c>. From <c>1s</c> to <c>30d</c>.</value>
    public string? LockTimeout { get; set; }

    /// <summary>A cache operation without progress for so long (a hung disk) is a miss; after three the layer rests for 60 s.</summary>
    /// <value>Default <c>10s</c>. From <c>100ms</c> to <c>30d</c>.</value>
    public string? OperationTimeout { get; set; }

    /// <summary>Mode of the directories that the cache makes, octal; files have it without the execute bits.</summary>
    /// <remarks>Needs a restart.</remarks>
    /// <value>Default <c>0700</c>. For workers under several users <c>0770</c> and a common group. The owner's digit must be <c>7</c>, the group's <c>0</c>, <c>5</c> or <c>7</c>, the last <c>0</c>.</value>
    public string? DirectoryMode { get; set; }

    /// <summary>What happens when settings are invalid at start.</summary>
    /// <remarks>Needs a restart.</remarks>
    /// <value>Default <c>Fail</c>. <c>Fail</c> stops the start with all errors; <c>Disable</c> logs them and switches the cache off.</value>
    public string? OnInvalidSettings { get; set; }
}
