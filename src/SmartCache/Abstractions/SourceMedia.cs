using System.Collections.ObjectModel;
using System.Globalization;
using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>A video known by its content: enough to describe an encode without having the file.</summary>
public sealed record SourceMedia
{
    private readonly MapByContent<string> _facts = new(ReadOnlyDictionary<string, string>.Empty);

    /// <summary>Content hash: SHA-256 of the bytes, 64 lower-case hexadecimal digits.</summary>
    public required string ContentHash { get; init; }

    /// <summary>Length in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>What the registered <see cref="ISourceProbe"/> said; empty without one.</summary>
    /// <remarks>See <see cref="MediaFacts"/> for the names the library reads.</remarks>
    public IReadOnlyDictionary<string, string> Facts
    {
        get => _facts.Map;
        init => _facts = new(value);
    }

    /// <summary>The probed duration (<see cref="MediaFacts.Duration"/>), or <see langword="null"/>.</summary>
    public TimeSpan? Duration =>
        Facts.TryGetValue(MediaFacts.Duration, out var text)
        && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
        && seconds is > 0 and < 1e8
            ? TimeSpan.FromSeconds(seconds)
            : null;

    /// <summary>Where <see cref="Duration"/> comes from (<see cref="MediaFacts.DurationSource"/>), or <see langword="null"/>.</summary>
    public string? DurationSource => Facts.GetValueOrDefault(MediaFacts.DurationSource);
}
