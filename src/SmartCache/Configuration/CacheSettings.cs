using SmartCache.Abstractions;
using SmartCache.Storage;

namespace SmartCache.Configuration;

/// <summary>The parsed settings that the library works from: immutable, always valid. Made by the validator from <see cref="CacheOptions"/>.</summary>
internal sealed record CacheSettings : ICachePlace
{
    public bool Enabled { get; init; } = true;

    /// <summary>Whether they are not <see cref="Enabled"/> because they were invalid at start.</summary>
    public bool IsInvalid { get; init; }

    public LayerMode SourcesMode { get; init; } = LayerMode.On;

    public LayerMode ProfilesMode { get; init; } = LayerMode.On;

    public LayerMode UploadsMode { get; init; } = LayerMode.On;

    /// <summary>Absolute.</summary>
    public required string Root { get; init; }

    /// <inheritdoc />
    public bool IsExistingOnly { get; init; }

    public required string SourcesDirectory { get; init; }

    public required string ProfilesDirectory { get; init; }

    public required string UploadsDirectory { get; init; }

    public long MaxSize { get; init; } = 50_000_000_000;

    public FreeSpaceFloor MinFreeSpace { get; init; } = new(5_000_000_000, null);

    public FreeInodeFloor MinFreeInodes { get; init; } = new(null, 5);

    public TimeSpan MaxAge { get; init; } = TimeSpan.FromHours(24);

    public TimeSpan MaxSourceAge { get; init; } = TimeSpan.FromHours(24);

    public TimeSpan UploadStateMaxAge { get; init; } = TimeSpan.FromDays(7);

    public TimeSpan TrustUploads { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a confirmation may wait for its flush; zero = it does not, <see cref="Timeout.InfiniteTimeSpan"/> = until the session ends.</summary>
    public TimeSpan ConfirmationsFlush { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan CleanupInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Name of a registered policy.</summary>
    public string EvictionPolicy { get; init; } = "LRU";

    /// <summary>Bytes that all files of the history may take together; 0 = off.</summary>
    public long History { get; init; } = 8_000_000;

    /// <summary>Whether encoders are given a checkpoint.</summary>
    public bool Checkpoints { get; init; }

    /// <summary>Parts with less work in them are not given to a retry, and dropped.</summary>
    public TimeSpan CheckpointsMinWork { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether announced downloads are made, or only counted.</summary>
    public LayerMode PrefetchMode { get; init; } = LayerMode.On;

    /// <summary>Announced downloads of jobs that run, or wait for their jobs.</summary>
    public int PrefetchAhead { get; init; } = 2;

    /// <summary>Downloads at a time.</summary>
    public int PrefetchParallel { get; init; } = 1;

    /// <summary>What may be fetched and not yet asked for.</summary>
    public SizeShare PrefetchMaxShare { get; init; } = new(null, 20);

    /// <summary>Bytes a second of a download ahead; 0 = no limit.</summary>
    public long PrefetchMaxRate { get; init; }

    /// <summary>Whether downloads ahead go on while a job of this process transfers.</summary>
    public DuringTransfers PrefetchDuringTransfers { get; init; } = DuringTransfers.PauseForDownloads;

    /// <summary>How often warmers are asked; <see cref="TimeSpan.Zero"/> = never.</summary>
    public TimeSpan WarmInterval { get; init; }

    /// <summary>What is fetched for warmers and not yet asked for.</summary>
    public SizeShare WarmMaxBytes { get; init; } = new(null, 10);

    public RemoteSettings Remote { get; init; } = new();

    public MaterializeMode Materialize { get; init; } = MaterializeMode.Auto;

    public IntegrityLevel Integrity { get; init; } = IntegrityLevel.Quick;

    public TimeSpan VerifyInterval { get; init; } = TimeSpan.FromDays(7);

    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan OperationTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public UnixFileMode DirectoryMode { get; init; } = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The directory mode without the execute bits.</summary>
    public UnixFileMode FileMode => DirectoryMode & ~(UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);

    /// <summary>All below one root, with every default.</summary>
    public static CacheSettings ForRoot(string root)
    {
        var full = Path.GetFullPath(root);
        return new CacheSettings
        {
            Root = full,
            SourcesDirectory = Path.Combine(full, "sources"),
            ProfilesDirectory = Path.Combine(full, "profiles"),
            UploadsDirectory = Path.Combine(full, "uploads"),
        };
    }
}
