namespace SmartCache.Stages;

/// <summary>Settings of <see cref="HttpVideoDownloader"/>.</summary>
public sealed class HttpDownloadOptions
{
    /// <summary>
    /// How long to wait for the reply's headers, redirects included, and then for the first byte of its body. Longer than <see cref="StallTimeout"/>,
    /// because a gateway that has to find the video first says nothing meanwhile.
    /// </summary>
    /// <value>Default 2 minutes; more than zero.</value>
    public TimeSpan FirstByteTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long to wait for the next byte, once the first one came, before the connection counts as stalled.</summary>
    /// <value>Default 30 seconds; more than zero.</value>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often each address is tried in a row without getting anywhere. A try that got at least 1 MiB further than all
    /// before it starts the count anew: a long download over a bad line may break off more often than this.
    /// </summary>
    /// <value>Default 5; at least 1.</value>
    public int MaxAttempts { get; set; } = 5;

    /// <summary>The pause before the second try; it doubles with each further one. A server's <c>Retry-After</c> can make it longer.</summary>
    /// <value>Default 1 second; zero or more.</value>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause between two tries, also where a server asks for more.</summary>
    /// <value>Default 30 seconds; zero or more.</value>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Least time between two progress reports. The first and the last are always made.</summary>
    /// <value>Default 0.5 seconds; zero or more.</value>
    public TimeSpan ProgressInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The shortest reply in bytes that can be a video.</summary>
    /// <value>Default 1024; zero or more.</value>
    public long MinLength { get; set; } = 1024;

    /// <summary>
    /// Gateways for <c>ipfs://CID/path</c>, in order of preference: <c>https://gateway.example</c> (also with <c>/ipfs</c> at its end).
    /// They serve one identity: what one of them began, another one continues.
    /// </summary>
    /// <value>Default: the gateway of a Kubo node on this machine, <c>http://127.0.0.1:8080</c>.</value>
    public IList<string> IpfsGateways { get; set; } = ["http://127.0.0.1:8080"];

    /// <summary>
    /// Whether to accept a reply that neither names its length nor marks its end (HTTP/1.0 style, ended by closing the connection),
    /// although nothing then tells a whole video from a cut one. It is always accepted where the request names the length or a <c>sha256:</c> content id.
    /// </summary>
    /// <value>Default <see langword="false"/>.</value>
    public bool AcceptUnknownLength { get; set; }

    internal HttpDownloadOptions Validated()
    {
        List<string> errors = [];
        if (StallTimeout <= TimeSpan.Zero)
            errors.Add($"{nameof(StallTimeout)} must be more than zero.");
        if (FirstByteTimeout <= TimeSpan.Zero)
            errors.Add($"{nameof(FirstByteTimeout)} must be more than zero.");
        if (MaxAttempts < 1)
            errors.Add($"{nameof(MaxAttempts)} must be at least 1.");
        if (RetryDelay < TimeSpan.Zero || MaxRetryDelay < TimeSpan.Zero || ProgressInterval < TimeSpan.Zero)
            errors.Add($"{nameof(RetryDelay)}, {nameof(MaxRetryDelay)} and {nameof(ProgressInterval)} must not be negative.");
        if (MinLength < 0)
            errors.Add($"{nameof(MinLength)} must not be negative.");
        if (IpfsGateways.Any(gateway => !Uri.TryCreate(gateway, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")))
            errors.Add($"Each of {nameof(IpfsGateways)} must be an absolute http or https address.");
        return errors.Count == 0 ? this : throw new ArgumentException(string.Join(' ', errors));
    }
}
