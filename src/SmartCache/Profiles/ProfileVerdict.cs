using SmartCache.Abstractions;

namespace SmartCache.Profiles;

/// <summary>The judgement on one encode.</summary>
/// <param name="Contents">The files that belong to it; <see langword="null"/> where it is not to be stored.</param>
/// <param name="IsShort">Shorter than expected: the source itself is under suspicion.</param>
/// <param name="Why">Why it is not to be stored.</param>
internal sealed record ProfileVerdict(PlaylistContents? Contents, bool IsShort, Reason Why)
{
    /// <summary>Its playlist does not close: whoever reads it, it is no profile.</summary>
    public bool IsOpen { get; init; }

    /// <summary>The cache could not judge it.</summary>
    public bool IsUnknown { get; init; }
}
