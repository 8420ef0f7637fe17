using System.Globalization;

namespace SmartCache;

/// <summary>A video known by its content: enough to describe an encode without having the file.</summary>
/// <param name="ContentHash">SHA-256 of the bytes, 64 lower-case hexadecimal digits.</param>
/// <param name="Length">Length in bytes.</param>
/// <param name="Facts">What the registered <see cref="ISourceProbe"/> said; empty without one. See <see cref="MediaFacts"/> for the names the library reads.</param>
public sealed record SourceMedia(string ContentHash, long Length, IReadOnlyDictionary<string, string> Facts)
{
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
