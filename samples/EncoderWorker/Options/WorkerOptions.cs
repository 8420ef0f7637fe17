using SmartCache;

namespace EncoderWorker.Options;

/// <summary>What the command line asked for.</summary>
internal sealed record WorkerOptions
{
    /// <summary>A file, which the worker then serves itself over HTTP, or a URL; <see langword="null"/> = the generated test video.</summary>
    public string? Video { get; init; }

    public IReadOnlyList<EncodingProfile> Profiles { get; init; } = Ladder.Default;

    /// <summary>The first attempt's upload breaks after this percentage of its files; 0 = never.</summary>
    public double FailAtPercent => FailAt ?? (CrashAtPercent > 0 || Prefetch is not null ? 0 : 90);

    /// <summary>What was asked for; <see langword="null"/> = nothing.</summary>
    public double? FailAt { get; init; }

    /// <summary>The worker is killed when this percentage of the first attempt is encoded; 0 = never.</summary>
    public double CrashAtPercent { get; init; }

    public string? CacheDirectory { get; init; }

    public bool NoCache { get; init; }

    /// <summary>Start with what the demo cache holds from an earlier run.</summary>
    public bool Keep { get; init; }

    public int Jobs { get; init; } = 1;

    /// <summary>How many of the next jobs' sources are announced; the jobs then run one after the other. <see langword="null"/> = all at once.</summary>
    public int? Prefetch { get; init; }

    /// <summary>How long the origin takes for a source; <see langword="null"/> = as long as an encode.</summary>
    public double? OriginSeconds { get; init; }

    /// <summary>RPC address of an IPFS node; <see langword="null"/> = the local publish folder.</summary>
    public Uri? Ipfs { get; init; }

    public string? ReportFile { get; init; }

    public bool ShowHelp { get; init; }

    /// <summary>Configuration for the host, as any Generic Host program takes it: <c>--Cache:MaxSize=5GB</c>.</summary>
    public IReadOnlyList<string> HostArguments { get; init; } = [];

    public bool VideoIsRemote => Video is not null && Video.Contains("://", StringComparison.Ordinal);
}
