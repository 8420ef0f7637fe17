using System.Collections.ObjectModel;
using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>One encoded profile.</summary>
/// <remarks>Its files are the caller's.</remarks>
public sealed record EncodedProfile
{
    private readonly string? _contentHash;
    private readonly MapByContent<string> _properties = new(ReadOnlyDictionary<string, string>.Empty);
    private readonly ListByContent<string> _extraFiles = new([]);

    /// <summary>Name of the profile.</summary>
    public required string Name { get; init; }

    /// <summary>Directory that holds the files: <see cref="EncodeRequest.OutputDirectory"/>, or one below it, which a hit makes again.</summary>
    public required string Directory { get; init; }

    /// <summary>The profile's media playlist, relative to <see cref="Directory"/>, with forward slashes.</summary>
    public required string Playlist { get; init; }

    /// <summary>Duration of the result.</summary>
    /// <remarks>On return from the decorator: what the playlist adds up to.</remarks>
    public TimeSpan? Duration { get; init; }

    /// <summary>The encoder that really made it, where a fallback chain chose one.</summary>
    public string? ActualEncoder { get; init; }

    /// <summary>Facts about the result (width, codecs, bandwidth, …): kept with the entry, back on a hit, never uploaded.</summary>
    public IReadOnlyDictionary<string, string> Properties
    {
        get => _properties.Map;
        init => _properties = new(value);
    }

    /// <summary>Files that belong to the profile but that its playlist does not name, relative to <see cref="Directory"/>.</summary>
    public IReadOnlyList<string> ExtraFiles
    {
        get => _extraFiles.List;
        init => _extraFiles = new(value);
    }

    /// <summary>Content hash of the profile: SHA-256 over the sorted (path, length, SHA-256) of its files, 64 hexadecimal digits.</summary>
    /// <remarks><see langword="null"/> until it was hashed in the background.</remarks>
    public string? ContentHash
    {
        get => _contentHash ?? (PendingHash is { IsCompletedSuccessfully: true } pending ? pending.Result : null);
        init => _contentHash = value;
    }

    /// <summary>What the cache did.</summary>
    /// <remarks>An encoder leaves it at <see cref="CacheOutcome.Bypass"/>.</remarks>
    public CacheOutcome Outcome { get; init; }

    /// <summary>The hash that is still being computed; never faults, <see langword="null"/> result = not stored.</summary>
    internal Task<string?>? PendingHash { get; init; }
}
