using System.Collections.ObjectModel;
using System.Text;
using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>Everything that can change the bytes of an encode, except the source.</summary>
/// <remarks>
/// With the source's content hash it is the key of the profile layer. It is stored in the clear in the entry's manifest: keep secrets out of it (put the hash of a
/// key file into <see cref="AuxiliaryInputs"/>).
/// </remarks>
public sealed record EncodeRecipe
{
    private readonly ListByContent<string> _arguments = new([]);
    private readonly MapByContent<string> _parameters = new(ReadOnlyDictionary<string, string>.Empty);
    private readonly MapByContent<string> _auxiliaryInputs = new(ReadOnlyDictionary<string, string>.Empty);

    /// <summary>The encoder's arguments in order, with placeholders for paths, so that they do not depend on the job's directory.</summary>
    public IReadOnlyList<string> Arguments
    {
        get => _arguments.List;
        init => _arguments = new(value);
    }

    /// <summary>Parameters by name, for encoders that are not described by arguments.</summary>
    public IReadOnlyDictionary<string, string> Parameters
    {
        get => _parameters.Map;
        init => _parameters = new(value);
    }

    /// <summary>Version and build of the encoder.</summary>
    /// <remarks>Required: without it nothing is cached.</remarks>
    public string? EncoderVersion { get; init; }

    /// <summary>Other files that the encode reads, name to content hash: a watermark, a silence track.</summary>
    public IReadOnlyDictionary<string, string> AuxiliaryInputs
    {
        get => _auxiliaryInputs.Map;
        init => _auxiliaryInputs = new(value);
    }

    /// <summary>How long the result must be.</summary>
    /// <remarks>Default: the probed duration of the source. Not part of the key.</remarks>
    public TimeSpan? ExpectedDuration { get; init; }

    /// <summary>Where <see cref="ExpectedDuration"/> comes from: one of the values of <see cref="MediaFacts.DurationSource"/>.</summary>
    /// <remarks>
    /// Default: from where the source's comes, if it is the same, else exact. To be set by a recipe that computes it from the source's: cuts it, slows it down. Not
    /// part of the key.
    /// </remarks>
    public string? ExpectedDurationSource { get; init; }

    /// <summary>Whether the result may be stored.</summary>
    /// <remarks>Default <see langword="true"/>.</remarks>
    public bool Cacheable { get; init; } = true;

    /// <summary>
    /// Whether a stored result is good enough for this request (say, not made by a software fallback); one that is refused is made anew and replaced.
    /// </summary>
    /// <remarks>Not part of the key.</remarks>
    public Func<EncodedProfile, bool>? Accept { get; init; }

    /// <summary>Why results of this recipe are never stored; <see langword="null"/> where they may be.</summary>
    internal Reason? WhyNotCacheable =>
        !Cacheable ? new(CacheReason.NotCacheable, "the recipe is not cacheable")
        : string.IsNullOrEmpty(EncoderVersion) ? new(CacheReason.NotCacheable, "the recipe names no encoder version")
        : (Reason?)null;

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("EncoderVersion = ").Append(EncoderVersion)
            .Append(", Arguments = ").Append(Arguments.Count)
            .Append(", Parameters = ").Append(Parameters.Count);
        return true;
    }
}
