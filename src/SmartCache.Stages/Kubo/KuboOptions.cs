namespace SmartCache.Stages;

/// <summary>Settings of <see cref="KuboUploader"/>. Read once, when it is made.</summary>
public sealed class KuboOptions
{
    /// <summary>The nodes in order of preference. May be empty where an <see cref="IKuboTargetSelector"/> is registered.</summary>
    public IList<KuboEndpoint> Endpoints { get; } = [];

    /// <summary>CID version of files and directories.</summary>
    /// <value>Default 1. 0 or 1.</value>
    public int CidVersion { get; set; } = 1;

    /// <summary>Whether the leaves of a file are raw blocks.</summary>
    /// <value>Default <see langword="true"/>. <see langword="false"/> switches the comparison with the expected CID off.</value>
    public bool RawLeaves { get; set; } = true;

    /// <summary>How files are cut into blocks.</summary>
    /// <value>Default <c>size-262144</c>. <c>size-N</c> with N from 1 to 1048576; <c>rabin…</c> and <c>buzhash</c> are passed on, without comparison with the expected CID.</value>
    public string Chunker { get; set; } = "size-262144";

    /// <summary>Hash of blocks.</summary>
    /// <value>Default <c>sha2-256</c>. <c>sha2-256</c> or, with CID version 1, <c>sha2-512</c>: directories are built here, with what .NET has.</value>
    public string Hash { get; set; } = "sha2-256";

    /// <summary>Whether a reply must be the CID that this uploader computes itself from the bytes it sent. Switch it off for a node that lays files out in its own way.</summary>
    /// <value>Default <see langword="true"/>.</value>
    public bool RequireExpectedCid { get; set; } = true;

    /// <summary>Files sent at the same time.</summary>
    /// <value>Default 4. 1 to 64.</value>
    public int Concurrency { get; set; } = 4;

    /// <summary>Attempts per request on one target.</summary>
    /// <value>Default 5. 1 to 20.</value>
    public int Attempts { get; set; } = 5;

    /// <summary>Wait before the second attempt; doubled for each further one, with jitter.</summary>
    /// <value>Default 0.5 s. 0 to <see cref="MaxRetryDelay"/>.</value>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Longest wait between two attempts, also where the node asks for more.</summary>
    /// <value>Default 15 s. At most 10 minutes.</value>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Targets tried in one upload.</summary>
    /// <value>Default 5. 1 to 100.</value>
    public int TargetAttempts { get; set; } = 5;

    /// <summary>How often a target may turn out to lack what it had confirmed, and be sent it again, before it counts as failed.</summary>
    /// <value>Default 3. 1 to 10.</value>
    public int Rounds { get; set; } = 3;

    /// <summary>Longest time to connect.</summary>
    /// <value>Default 15 s. More than 0.</value>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>A request whose bytes stop flowing for so long is ended.</summary>
    /// <value>Default 60 s. More than 0.</value>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Time that any request may take, before what its size adds.</summary>
    /// <value>Default 60 s. More than 0.</value>
    public TimeSpan BaseTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes per second that the slowest acceptable node takes or checks: a request about N bytes may take <see cref="BaseTimeout"/> and N divided by this.</summary>
    /// <value>Default 131072 (128 KiB/s). At least 1.</value>
    public long MinimumRate { get; set; } = 128 * 1024;

    /// <summary>Throws one exception that names everything that is wrong.</summary>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    internal void Validate()
    {
        List<string> errors = [];
        Check(CidVersion is 0 or 1, $"{nameof(CidVersion)} must be 0 or 1.");
        Check(Kubo.ImportParameters.IsKnownChunker(Chunker), $"{nameof(Chunker)} must be size-N (1 to 1048576), rabin, rabin-… or buzhash; example: size-262144.");
        Check(Hash == "sha2-256" || (Hash == "sha2-512" && CidVersion == 1), $"{nameof(Hash)} must be sha2-256, or sha2-512 with {nameof(CidVersion)} 1.");
        Check(Concurrency is >= 1 and <= 64, $"{nameof(Concurrency)} must be 1 to 64.");
        Check(Attempts is >= 1 and <= 20, $"{nameof(Attempts)} must be 1 to 20.");
        Check(RetryDelay >= TimeSpan.Zero && RetryDelay <= MaxRetryDelay, $"{nameof(RetryDelay)} must be 0 to {nameof(MaxRetryDelay)}.");
        Check(MaxRetryDelay <= TimeSpan.FromMinutes(10), $"{nameof(MaxRetryDelay)} must be at most 10 minutes.");
        Check(TargetAttempts is >= 1 and <= 100, $"{nameof(TargetAttempts)} must be 1 to 100.");
        Check(Rounds is >= 1 and <= 10, $"{nameof(Rounds)} must be 1 to 10.");
        Check(ConnectTimeout > TimeSpan.Zero, $"{nameof(ConnectTimeout)} must be more than 0.");
        Check(StallTimeout > TimeSpan.Zero && StallTimeout.TotalDays <= 1, $"{nameof(StallTimeout)} must be more than 0 and at most a day.");
        Check(BaseTimeout > TimeSpan.Zero && BaseTimeout.TotalDays <= 1, $"{nameof(BaseTimeout)} must be more than 0 and at most a day.");
        Check(MinimumRate >= 1, $"{nameof(MinimumRate)} must be at least 1.");
        Check(Endpoints.Select(e => e.Id).Distinct(StringComparer.Ordinal).Count() == Endpoints.Count, $"{nameof(Endpoints)} must have different ids.");
        if (errors.Count > 0)
            throw new ArgumentException("The settings of the Kubo uploader are not valid: " + string.Join(" ", errors));

        void Check(bool valid, string error)
        {
            if (!valid)
                errors.Add(error);
        }
    }

    /// <summary>What a request about so many bytes may take.</summary>
    internal TimeSpan TimeoutFor(long bytes) => BaseTimeout + TimeSpan.FromSeconds(Math.Min((double)bytes / MinimumRate, TimeSpan.FromDays(7).TotalSeconds));
}
