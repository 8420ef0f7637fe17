using SmartCache.Abstractions;

namespace SmartCache.Configuration;

/// <summary>
/// Every setting, once. Binding, environment names, the check for unknown keys, the parser, the log and the table in
/// <c>docs/configuration.md</c> all come from here, in this order: a location overrides what <c>Directory</c> set before it.
/// </summary>
internal static class SettingTable
{
    public const string Section = "Cache";

    // Far above every disk, and low enough that a size can be multiplied by nine in a long.
    public const long MostBytes = 1_000_000_000_000_000_000;
    private const long MostInodes = 1_000_000_000_000;

    private const string Ages = "to `3650d`";

    // .NET's timers end at 49 days.
    private const string Waits = "to `30d`";

    public static readonly TimeSpan LongestAge = TimeSpan.FromDays(3650);
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(30);
    public static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public static IReadOnlyList<SettingKey> All { get; } =
    [
        new()
        {
            Path = "Enabled", Default = "true", Allowed = "`true` or `false`", Example = "true", EnvironmentName = "CACHE_ENABLED",
            Meaning = "Off, every stage is called straight through.",
            Read = o => o.Enabled, Write = (o, v) => o.Enabled = v,
            Parse = SettingParsers.Switch((s, v) => s with { Enabled = v }),
        },
        Mode("Sources", "source", o => o.Sources ??= new(), (s, v) => s with { SourcesMode = v }),
        Mode("Profiles", "profile", o => o.Profiles ??= new(), (s, v) => s with { ProfilesMode = v }),
        Mode("Uploads", "upload", o => o.Uploads ??= new(), (s, v) => s with { UploadsMode = v }),
        new()
        {
            Path = "Directory", Default = "./cache", Allowed = "a directory, not the root of a file system", Example = "/var/cache/encoder",
            EnvironmentFallback = "CACHE_DIRECTORY", NeedsRestart = true,
            Meaning = "Root of the cache. Without it the first directory in `CACHE_DIRECTORY` (systemd sets it), else `cache` below the working directory.",
            Read = o => o.Directory, Write = (o, v) => o.Directory = v, Parse = SettingParsers.Root(),
        },
        Location("Sources", "CACHE_SOURCES_DIR", o => o.Sources, (o, v) => o.Sources = v, (s, v) => s with { SourcesDirectory = v }),
        Location("Profiles", "CACHE_PROFILES_DIR", o => o.Profiles, (o, v) => o.Profiles = v, (s, v) => s with { ProfilesDirectory = v }),
        Location("Uploads", "CACHE_UPLOADS_DIR", o => o.Uploads, (o, v) => o.Uploads = v, (s, v) => s with { UploadsDirectory = v }),
        new()
        {
            Path = "MaxSize", Default = "50GB", Allowed = "a size from `1MB` to `1000000TB`", Example = "50GB", EnvironmentName = "CACHE_MAX_SIZE",
            Meaning = "Hard limit on the cache's disk use, over all processes that share it.",
            Read = o => o.MaxSize, Write = (o, v) => o.MaxSize = v,
            Parse = SettingParsers.Size(1_000_000, MostBytes, (s, v) => s with { MaxSize = v }),
        },
        new()
        {
            Path = "MinFreeSpace", Default = "5GB", Allowed = "a size up to `1000000TB`, or a percentage of the file system below 100", Example = "10%",
            Meaning = "The cache shrinks, or stops growing, before its file system has less. `0` for no floor.",
            Read = o => o.MinFreeSpace, Write = (o, v) => o.MinFreeSpace = v, Parse = SettingParsers.FreeSpace(MostBytes),
        },
        new()
        {
            Path = "MinFreeInodes", Default = "5%", Allowed = "a whole number from `64` to `1000000000000`, or a percentage of the file system's inodes below 100", Example = "10%",
            Meaning = "As `MinFreeSpace`, for the number of files that can still be made; never less than 64. None where the file system does not count them.",
            Read = o => o.MinFreeInodes, Write = (o, v) => o.MinFreeInodes = v, Parse = SettingParsers.FreeInodes(MostInodes),
        },
        Duration("MaxAge", "24h", "1m", LongestAge, o => o.MaxAge, (o, v) => o.MaxAge = v, (s, v) => s with { MaxAge = v },
            "An entry unused this long is removed, but not before its job ended.", "CACHE_MAX_AGE"),
        Duration("MaxSourceAge", "24h", "0s", LongestAge, o => o.MaxSourceAge, (o, v) => o.MaxSourceAge = v, (s, v) => s with { MaxSourceAge = v },
            "A source known only by URL is fetched again when its fetch is older. `0s`: always."),
        Duration("UploadStateMaxAge", "7d", "1m", LongestAge, o => o.UploadStateMaxAge, (o, v) => o.UploadStateMaxAge = v, (s, v) => s with { UploadStateMaxAge = v },
            "How long the state of an unfinished job is kept."),
        Duration("TrustUploads", "1h", "0s", LongestAge, o => o.TrustUploads, (o, v) => o.TrustUploads = v, (s, v) => s with { TrustUploads = v },
            "A recorded CID older than this is checked before it is relied on; without a way to check, the file is sent again. `0s`: always."),
        new()
        {
            Path = "ConfirmationsFlush", Default = "5s", Allowed = "`OnClose`, `Always`, or a duration from `100ms` to `1h`", Example = "5s",
            Meaning = "How long after it was recorded a confirmed upload is on the disk: so many of the last confirmations a power cut may cost. `OnClose`: when the upload ends. `Always`: before the recording returns.",
            Read = o => o.ConfirmationsFlush, Write = (o, v) => o.ConfirmationsFlush = v,
            Parse = SettingParsers.Flush(TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), (s, v) => s with { ConfirmationsFlush = v }),
        },
        Duration("CleanupInterval", "1h", "1s", LongestWait, o => o.CleanupInterval, (o, v) => o.CleanupInterval = v, (s, v) => s with { CleanupInterval = v },
            "How often the cache is cleaned up.", "CACHE_CLEANUP_INTERVAL"),
        new()
        {
            Path = "EvictionPolicy", Default = "LRU", Allowed = "the name of a policy: `LRU`, `COST` (what it would cost to make again), `FIFO`, `SIZE` (largest first)", Example = "LRU", EnvironmentName = "CACHE_EVICTION_POLICY",
            Meaning = "Which entries go first when space is short.",
            Read = o => o.EvictionPolicy, Write = (o, v) => o.EvictionPolicy = v, Parse = SettingParsers.Policy(),
        },
        new()
        {
            Path = "History", Default = "8MB", Allowed = "`Off` or `0`, or a size from `1MB` to `10GB`", Example = "64MB",
            Meaning = "Keeps what happened in `history/`, without URLs and ids of jobs: at most this much over all processes and a hundredth of `MaxSize`, the oldest go first.",
            Read = o => o.History, Write = (o, v) => o.History = v,
            Parse = SettingParsers.OffOrSize(1_000_000, 10_000_000_000, (s, v) => s with { History = v }),
        },
        new()
        {
            Path = "Checkpoints:Mode", Default = "Off", Allowed = "`Off` or `On`", Example = "On",
            Meaning = "Whether encoders that can go on in the middle are given a place for their finished parts, so that a retry encodes only the rest.",
            Read = o => (o.Checkpoints ??= new()).Mode, Write = (o, v) => (o.Checkpoints ??= new()).Mode = v,
            Parse = SettingParsers.OffOrOn((s, v) => s with { Checkpoints = v }),
        },
        Duration("Checkpoints:MinWork", "60s", "0s", LongestWait, o => (o.Checkpoints ??= new()).MinWork, (o, v) => (o.Checkpoints ??= new()).MinWork = v,
            (s, v) => s with { CheckpointsMinWork = v }, "Parts with less wall time in them than this are not given to a retry, and dropped. `0s`: always given."),
        new()
        {
            Path = "Prefetch:Mode", Default = "On", Allowed = "`On`, `Observe` or `Off`", Example = "Off",
            Meaning = "Whether announced downloads are made ahead of their jobs. `Observe`: counts what it would fetch. Without announcements it does nothing.",
            Read = o => (o.Prefetch ??= new()).Mode, Write = (o, v) => (o.Prefetch ??= new()).Mode = v,
            Parse = SettingParsers.Choice<LayerMode>((s, v) => s with { PrefetchMode = v }),
        },
        new()
        {
            Path = "Prefetch:Ahead", Default = "2", Allowed = "a whole number from `1` to `64`", Example = "4",
            Meaning = "Announced downloads of jobs that run, or wait for their jobs, at a time.",
            Read = o => (o.Prefetch ??= new()).Ahead, Write = (o, v) => (o.Prefetch ??= new()).Ahead = v,
            Parse = SettingParsers.Number(1, 64, (s, v) => s with { PrefetchAhead = v }),
        },
        new()
        {
            Path = "Prefetch:Parallel", Default = "1", Allowed = "a whole number from `1` to `16`", Example = "1",
            Meaning = "Downloads ahead at a time.",
            Read = o => (o.Prefetch ??= new()).Parallel, Write = (o, v) => (o.Prefetch ??= new()).Parallel = v,
            Parse = SettingParsers.Number(1, 16, (s, v) => s with { PrefetchParallel = v }),
        },
        new()
        {
            Path = "Prefetch:MaxShare", Default = "20%", Allowed = "a percentage of `MaxSize` up to `90%`, or a size up to `1000000TB`", Example = "20%",
            Meaning = "What may be fetched ahead and not yet asked for, over all processes that share the cache.",
            Read = o => (o.Prefetch ??= new()).MaxShare, Write = (o, v) => (o.Prefetch ??= new()).MaxShare = v,
            Parse = SettingParsers.Share(MostBytes, (s, v) => s with { PrefetchMaxShare = v }),
        },
        new()
        {
            Path = "Prefetch:MaxRate", Default = "0", Allowed = "a size up to `1000000TB`", Example = "10MB",
            Meaning = "Bytes a second of each download ahead. `0`: no limit. Kept by waiting in its reports of progress.",
            Read = o => (o.Prefetch ??= new()).MaxRate, Write = (o, v) => (o.Prefetch ??= new()).MaxRate = v,
            Parse = SettingParsers.Size(0, MostBytes, (s, v) => s with { PrefetchMaxRate = v }),
        },
        new()
        {
            Path = "Prefetch:DuringTransfers", Default = "PauseForDownloads", Allowed = "`PauseForDownloads`, `Pause` or `Share`", Example = "Share",
            Meaning = "For which transfers of jobs of this process a download ahead stops: for downloads, for downloads and uploads, or for none.",
            Read = o => (o.Prefetch ??= new()).DuringTransfers, Write = (o, v) => (o.Prefetch ??= new()).DuringTransfers = v,
            Parse = SettingParsers.Choice<DuringTransfers>((s, v) => s with { PrefetchDuringTransfers = v }),
        },
        new()
        {
            Path = "Warm:Interval", Default = "Off", Allowed = "`Off` or `0`, or a duration from `1m` to `30d`", Example = "6h",
            Meaning = "How often each `ICacheWarmer` is asked what the cache should have, from the start on, while the worker is idle.",
            Read = o => (o.Warm ??= new()).Interval, Write = (o, v) => (o.Warm ??= new()).Interval = v,
            Parse = SettingParsers.OffOrDuration(TimeSpan.FromMinutes(1), LongestWait, (s, v) => s with { WarmInterval = v }),
        },
        new()
        {
            Path = "Warm:MaxBytes", Default = "10%", Allowed = "a percentage of `MaxSize` up to `90%`, or a size up to `1000000TB`", Example = "10GB",
            Meaning = "What is fetched for warmers and not yet asked for, at most.",
            Read = o => (o.Warm ??= new()).MaxBytes, Write = (o, v) => (o.Warm ??= new()).MaxBytes = v,
            Parse = SettingParsers.Share(MostBytes, (s, v) => s with { WarmMaxBytes = v }),
        },
        .. RemoteSettingTable.All,
        new()
        {
            Path = "Materialize", Default = "Auto", Allowed = "`Auto`, `Reflink`, `HardLink` or `Copy`", Example = "Auto",
            Meaning = "How a worker gets its file from the cache. `Auto`: reflink, else hard link where nobody else shares the file, else copy.",
            Read = o => o.Materialize, Write = (o, v) => o.Materialize = v,
            Parse = SettingParsers.Choice<MaterializeMode>((s, v) => s with { Materialize = v }),
        },
        new()
        {
            Path = "Integrity", Default = "Quick", Allowed = "`Quick` or `Full`", Example = "Quick",
            Meaning = "What is checked on a hit: manifest, names, sizes and times, or every byte.",
            Read = o => o.Integrity, Write = (o, v) => o.Integrity = v,
            Parse = SettingParsers.Choice<IntegrityLevel>((s, v) => s with { Integrity = v }),
        },
        Duration("VerifyInterval", "7d", "1h", LongestAge, o => o.VerifyInterval, (o, v) => o.VerifyInterval = v, (s, v) => s with { VerifyInterval = v },
            "How often each entry is fully hashed again in the background; at 8 MB/s at most for each layer, so that more than 4.8 TB take longer than a week."),
        Duration("LockTimeout", "5m", "1s", LongestWait, o => o.LockTimeout, (o, v) => o.LockTimeout = v, (s, v) => s with { LockTimeout = v },
            "How long to wait for another worker's same work without a sign of life from it."),
        Duration("OperationTimeout", "10s", "100ms", LongestWait, o => o.OperationTimeout, (o, v) => o.OperationTimeout = v, (s, v) => s with { OperationTimeout = v },
            "A cache operation without progress for so long is a miss; after three the layer rests for 60 s."),
        new()
        {
            Path = "DirectoryMode", Default = "0700", Allowed = "an octal mode: `0700`, or `0750` or `0770` for a group", Example = "0770", NeedsRestart = true,
            Meaning = "Mode of the directories that the cache makes; files have it without the execute bits.",
            Read = o => o.DirectoryMode, Write = (o, v) => o.DirectoryMode = v, Parse = SettingParsers.Mode(),
        },
        new()
        {
            Path = "OnInvalidSettings", Default = "Fail", Allowed = "`Fail` or `Disable`", Example = "Fail", NeedsRestart = true,
            Meaning = "Invalid settings at start: stop the start with all errors, or log them and switch the cache off.",
            Read = o => o.OnInvalidSettings, Write = (o, v) => o.OnInvalidSettings = v, Parse = SettingParsers.Reaction(),
        },
    ];

    private static SettingKey Mode(string layer, string name, Func<CacheOptions, CacheLayerOptions> options, Func<CacheSettings, LayerMode, CacheSettings> set) => new()
    {
        Path = layer + ":Mode", Default = "On", Allowed = "`On`, `Observe` or `Off`", Example = "Observe",
        Meaning = $"How the {name} layer takes part. `Observe`: logs and counts what would have hit, and writes only keys and facts.",
        Read = o => options(o).Mode, Write = (o, v) => options(o).Mode = v, Parse = SettingParsers.Choice(set),
    };

    private static SettingKey Location(
        string layer, string environmentName, Func<CacheLocationOptions, string?> read, Action<CacheLocationOptions, string?> write, Func<CacheSettings, string, CacheSettings> set) => new()
    {
        Path = "Locations:" + layer, Default = $"{layer.ToLowerInvariant()} below the root", Allowed = "a directory apart from the other layers'",
        Example = "/mnt/fast/" + layer.ToLowerInvariant(), EnvironmentName = environmentName, NeedsRestart = true,
        Meaning = $"Directory of the {layer.ToLowerInvariant()} layer.",
        Read = o => read(o.Locations ??= new()), Write = (o, v) => write(o.Locations ??= new(), v), Parse = SettingParsers.Location(set),
    };

    public static SettingKey Duration(
        string path, string standard, string least, TimeSpan most, Func<CacheOptions, string?> read, Action<CacheOptions, string?> write,
        Func<CacheSettings, TimeSpan, CacheSettings> set, string meaning, string? environmentName = null)
    {
        _ = DurationText.Parse(least, out var shortest);
        return new()
        {
            Path = path, Default = standard, Allowed = $"a duration from `{least}` {(most == LongestAge ? Ages : most == LongestWait ? Waits : most == Hour ? "to `1h`" : "to `1m`")}", Example = standard,
            EnvironmentName = environmentName, Meaning = meaning, Read = read, Write = write, Parse = SettingParsers.Duration(shortest, most, set),
        };
    }
}
