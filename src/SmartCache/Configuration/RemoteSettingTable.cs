namespace SmartCache.Configuration;

/// <summary>The rows of <see cref="SettingTable"/> below <c>Remote</c>.</summary>
internal static class RemoteSettingTable
{
    private const string Group = "Remote:";

    public static IReadOnlyList<SettingKey> All { get; } =
    [
        new()
        {
            Path = Group + "Mode", Default = "Off", Allowed = "`Off`, `ReadWrite`, `ReadOnly`, `WriteOnly` or `Observe`", Example = "ReadWrite",
            Meaning = "How an object store that a pool of workers shares is used. `Observe`: asks, counts what would have hit, and moves no payload.",
            Read = o => Of(o).Mode, Write = (o, v) => Of(o).Mode = v,
            Parse = SettingParsers.Choice<RemoteMode>(static (s, v) => With(s, s.Remote with { Mode = v })),
        },
        new()
        {
            Path = Group + "Sources", Default = "Proven", Allowed = "`Proven`, `All` or `Off`", Example = "All",
            Meaning = "Which sources are sent: those that an encode of full duration came out of, or each one as soon as it is stored here.",
            Read = o => Of(o).Sources, Write = (o, v) => Of(o).Sources = v,
            Parse = SettingParsers.Choice<RemoteSources>(static (s, v) => With(s, s.Remote with { Sources = v })),
        },
        OffOrOn("Profiles", "Whether profiles are shared.", o => o.Profiles, (o, v) => o.Profiles = v, (r, v) => r with { Profiles = v }),
        OffOrOn("Confirmations", "Whether confirmations of uploads are shared.", o => o.Confirmations, (o, v) => o.Confirmations = v, (r, v) => r with { Confirmations = v }),
        new()
        {
            Path = Group + "Prefix", Default = "smartcache", Allowed = "letters, digits, `-`, `_`, `.` and single slashes between them", Example = "team-a/smartcache", NeedsRestart = true,
            Meaning = "What the names of all objects begin with: a tenant's own part of the bucket.",
            Read = o => Of(o).Prefix, Write = (o, v) => Of(o).Prefix = v,
            Parse = SettingParsers.Prefix(static (s, v) => With(s, s.Remote with { Prefix = v })),
        },
        Duration("LookupTimeout", "2s", "100ms", TimeSpan.FromMinutes(1), o => o.LookupTimeout, (o, v) => o.LookupTimeout = v, (r, v) => r with { LookupTimeout = v },
            "How long a job waits for the first byte of an answer."),
        Duration("StallTimeout", "10s", "1s", SettingTable.Hour, o => o.StallTimeout, (o, v) => o.StallTimeout = v, (r, v) => r with { StallTimeout = v },
            "A transfer that moves no byte for so long is given up. There is no limit on a whole transfer."),
        Duration("RestTime", "60s", "1s", SettingTable.Hour, o => o.RestTime, (o, v) => o.RestTime = v, (r, v) => r with { RestTime = v },
            "How long a store that fails is left alone, by all processes of the host, before it is tried again."),
        Duration("MissAge", "30s", "0s", SettingTable.Hour, o => o.MissAge, (o, v) => o.MissAge = v, (r, v) => r with { MissAge = v },
            "How long it is remembered that something is not there. `0s`: not at all."),
        new()
        {
            Path = Group + "Coordinate", Default = "Auto", Allowed = "`Auto` or `Off`", Example = "Off",
            Meaning = "Whether workers of different hosts leave each other's work alone. `Auto`: where the store proves that it keeps conditions.",
            Read = o => Of(o).Coordinate, Write = (o, v) => Of(o).Coordinate = v,
            Parse = SettingParsers.AutoOrOff(static (s, v) => With(s, s.Remote with { Coordinate = v })),
        },
        Rate("UploadRate", "sends", o => o.UploadRate, (o, v) => o.UploadRate = v, (r, v) => r with { UploadRate = v }),
        Rate("DownloadRate", "fetches", o => o.DownloadRate, (o, v) => o.DownloadRate = v, (r, v) => r with { DownloadRate = v }),
        new()
        {
            Path = Group + "Uploads", Default = "2", Allowed = "a whole number from `1` to `64`", Example = "4",
            Meaning = "How many entries this process sends at once.",
            Read = o => Of(o).Uploads, Write = (o, v) => Of(o).Uploads = v,
            Parse = SettingParsers.Count(1, 64, static (s, v) => With(s, s.Remote with { Uploads = v })),
        },
        new()
        {
            Path = Group + "QueueSize", Default = "10GB", Allowed = "a size from `1MB` to `1000000TB`", Example = "10GB",
            Meaning = "How many bytes of entries may wait to be sent, over all processes of the host; the oldest are given up first.",
            Read = o => Of(o).QueueSize, Write = (o, v) => Of(o).QueueSize = v,
            Parse = SettingParsers.Size(1_000_000, SettingTable.MostBytes, static (s, v) => With(s, s.Remote with { QueueSize = v })),
        },
        Duration("QueueAge", "24h", "1m", SettingTable.LongestWait, o => o.QueueAge, (o, v) => o.QueueAge = v, (r, v) => r with { QueueAge = v },
            "How long an entry may wait to be sent before that is given up."),
        Duration("MaxAge", "30d", "1h", SettingTable.LongestAge, o => o.MaxAge, (o, v) => o.MaxAge = v, (r, v) => r with { MaxAge = v },
            "How long an object may lie unused in the store. Whoever uses one that is older than a quarter of it renews it; the store's own rule deletes the rest."),
    ];

    private static CacheRemoteOptions Of(CacheOptions options) => options.Remote ??= new();

    private static CacheSettings With(CacheSettings settings, RemoteSettings remote) => settings with { Remote = remote };

    private static SettingKey OffOrOn(
        string name, string meaning, Func<CacheRemoteOptions, string?> read, Action<CacheRemoteOptions, string?> write, Func<RemoteSettings, bool, RemoteSettings> set) => new()
    {
        Path = Group + name, Default = "On", Allowed = "`Off` or `On`", Example = "On", Meaning = meaning,
        Read = o => read(Of(o)), Write = (o, v) => write(Of(o), v), Parse = SettingParsers.OffOrOn((s, v) => With(s, set(s.Remote, v))),
    };

    private static SettingKey Rate(
        string name, string verb, Func<CacheRemoteOptions, string?> read, Action<CacheRemoteOptions, string?> write, Func<RemoteSettings, long, RemoteSettings> set) => new()
    {
        Path = Group + name, Default = "0", Allowed = "a size up to `1000000TB`", Example = "20MB", Meaning = $"Bytes a second that this process {verb} at most. `0`: no limit.",
        Read = o => read(Of(o)), Write = (o, v) => write(Of(o), v), Parse = SettingParsers.Size(0, SettingTable.MostBytes, (s, v) => With(s, set(s.Remote, v))),
    };

    private static SettingKey Duration(
        string name, string standard, string least, TimeSpan most, Func<CacheRemoteOptions, string?> read, Action<CacheRemoteOptions, string?> write,
        Func<RemoteSettings, TimeSpan, RemoteSettings> set, string meaning) =>
        SettingTable.Duration(Group + name, standard, least, most, o => read(Of(o)), (o, v) => write(Of(o), v), (s, v) => With(s, set(s.Remote, v)), meaning);
}
