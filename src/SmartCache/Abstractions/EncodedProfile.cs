namespace SmartCache;

/// <summary>One encoded profile. Its files are the caller's.</summary>
public sealed record EncodedProfile
{
    /// <summary>Name of the profile.</summary>
    public required string Name { get; init; }

    /// <summary>Directory that holds the files: <see cref="EncodeRequest.OutputDirectory"/>, or one below it, which a hit makes again.</summary>
    public required string Directory { get; init; }

    /// <summary>The profile's media playlist, relative to <see cref="Directory"/>, with forward slashes.</summary>
    public required string Playlist { get; init; }

    /// <summary>Duration of the result. On return from the decorator: what the playlist adds up to.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The encoder that really made it, where a fallback chain chose one.</summary>
    public string? ActualEncoder { get; init; }

    /// <summary>Facts about the result (width, codecs, bandwidth, …): kept with the entry, back on a hit, never uploaded.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>Files that belong to the profile but that its playlist does not name, relative to <see cref="Directory"/>.</summary>
    public IReadOnlyList<string> ExtraFiles { get; init; } = [];

    /// <summary>
    /// SHA-256 over the sorted (path, length, SHA-256) of the profile's files, 64 hexadecimal digits.
    /// <see langword="null"/> until it was hashed in the background.
    /// </summary>
    public string? Hash
    {
        get => _hash ?? (PendingHash is { IsCompletedSuccessfully: true } pending ? pending.Result : null);
        init => _hash = value;
    }

    /// <summary>What the cache did. An encoder leaves it at <see cref="CacheOutcome.Bypass"/>.</summary>
    public CacheOutcome Outcome { get; init; }

    /// <summary>The hash that is still being computed; never faults, <see langword="null"/> result = not stored.</summary>
    internal Task<string?>? PendingHash { get; init; }

    private readonly string? _hash;
}
