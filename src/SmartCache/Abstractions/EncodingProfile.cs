using System.Collections.ObjectModel;
using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>One rendition a worker wants: a name and the usual knobs.</summary>
/// <remarks>Unsealed, so that a worker can add its own.</remarks>
/// <param name="Name">Name of the profile, for people and for file names: <c>720p</c>.</param>
public record EncodingProfile(string Name)
{
    private readonly MapByContent<string> _parameters = new(ReadOnlyDictionary<string, string>.Empty);

    /// <summary>Frame size <c>WIDTHxHEIGHT</c>: <c>1280x720</c>.</summary>
    public string? Resolution { get; init; }

    /// <summary>Video bit rate as ffmpeg writes it: <c>2800k</c>.</summary>
    public string? VideoBitrate { get; init; }

    /// <summary>Audio bit rate as ffmpeg writes it: <c>128k</c>.</summary>
    public string? AudioBitrate { get; init; }

    /// <summary>Video codec or encoder: <c>libx264</c>.</summary>
    public string? Codec { get; init; }

    /// <summary>The encoder's preset: <c>veryfast</c>.</summary>
    public string? Preset { get; init; }

    /// <summary>Further parameters of the worker's encoder.</summary>
    public IReadOnlyDictionary<string, string> Parameters
    {
        get => _parameters.Map;
        init => _parameters = new(value);
    }
}
