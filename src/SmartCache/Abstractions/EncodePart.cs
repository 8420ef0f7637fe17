using System.Collections.ObjectModel;
using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>A finished part of an earlier encode, as <see cref="IEncodeCheckpoint.OpenAsync"/> gives it.</summary>
public sealed record EncodePart
{
    private readonly MapByContent<string> _facts = new(ReadOnlyDictionary<string, string>.Empty);

    /// <summary>The file. It is the cache's: read it or make a copy or link of it, and never write to it.</summary>
    /// <remarks>Valid until <see cref="IProfileEncoder.EncodeAsync"/> returns, or it is forgotten. Where it cannot be read all the same, encode that piece anew.</remarks>
    public required string Path { get; init; }

    /// <summary>Where it begins in the video.</summary>
    public required TimeSpan Start { get; init; }

    /// <summary>How much of the video it holds.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; init; }

    /// <summary>SHA-256 of the file, 64 lower-case hexadecimal digits.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary>What the encoder noted with it.</summary>
    public IReadOnlyDictionary<string, string> Facts
    {
        get => _facts.Map;
        init => _facts = new(value);
    }
}
