namespace SmartCache.Configuration;

/// <summary>The parsed settings of the remote tier.</summary>
internal sealed record RemoteSettings
{
    public RemoteMode Mode { get; init; } = RemoteMode.Off;

    public RemoteSources Sources { get; init; } = RemoteSources.Proven;

    public bool Profiles { get; init; } = true;

    public bool Confirmations { get; init; } = true;

    public string Prefix { get; init; } = "smartcache";

    public TimeSpan LookupTimeout { get; init; } = TimeSpan.FromSeconds(2);

    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan RestTime { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan MissAge { get; init; } = TimeSpan.FromSeconds(30);

    public bool Coordinate { get; init; } = true;

    /// <summary>Bytes a second; 0 = no limit.</summary>
    public long UploadRate { get; init; }

    /// <inheritdoc cref="UploadRate" />
    public long DownloadRate { get; init; }

    public int Uploads { get; init; } = 2;

    public long QueueSize { get; init; } = 10_000_000_000;

    public TimeSpan QueueAge { get; init; } = TimeSpan.FromHours(24);

    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(30);

    public bool Reads => Mode is RemoteMode.ReadWrite or RemoteMode.ReadOnly or RemoteMode.Observe;

    public bool Writes => Mode is RemoteMode.ReadWrite or RemoteMode.WriteOnly;
}
