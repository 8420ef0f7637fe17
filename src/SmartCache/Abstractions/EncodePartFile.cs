using System.Collections.ObjectModel;
using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>A file that an encoder has finished, for <see cref="IEncodeCheckpoint.RecordAsync"/>.</summary>
/// <param name="Path">The file; closed, and not written to any more.</param>
/// <param name="Start">Where it begins in the video; not negative.</param>
/// <param name="Duration">How much of the video it holds; more than zero.</param>
public sealed record EncodePartFile(string Path, TimeSpan Start, TimeSpan Duration)
{
    private readonly MapByContent<string> _facts = new(ReadOnlyDictionary<string, string>.Empty);

    /// <summary>What the encoder wants to know of it later, such as the number of its pictures.</summary>
    /// <remarks>4,000 characters at most, names and values together and percent-encoded; with more the part is not kept. Written in the clear.</remarks>
    public IReadOnlyDictionary<string, string> Facts
    {
        get => _facts.Map;
        init => _facts = new(value);
    }

    /// <summary>Wall time in seconds that it took.</summary>
    /// <remarks>In a run that makes several profiles each counts with its share of it.</remarks>
    /// <value>Default 0: the time since the last part was recorded, or since the checkpoint was opened.</value>
    public double Seconds { get; init; }
}
