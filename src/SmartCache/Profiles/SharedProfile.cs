using System.Diagnostics.CodeAnalysis;
using SmartCache.Remote;

namespace SmartCache.Profiles;

/// <summary>A profile that another host has encoded, in the worker's own directory; or why there is none.</summary>
/// <param name="Result">What the other hosts said.</param>
/// <param name="Text">For the line of the stage.</param>
internal sealed record SharedProfile(RemoteResult Result, string Text)
{
    [MemberNotNullWhen(true, nameof(Profile), nameof(Contents))]
    public bool IsThere => Profile is not null && Contents is not null;

    /// <summary>Whether the store is well and has none.</summary>
    public bool IsMissing => Result is RemoteResult.NotThere or RemoteResult.Wrong;

    /// <summary>The profile.</summary>
    public EncodedProfile? Profile { get; init; }

    /// <summary>What its playlist reaches.</summary>
    public PlaylistContents? Contents { get; init; }

    /// <summary>What the encode cost whoever did it.</summary>
    public TimeSpan Cost { get; init; }

    /// <summary>Bytes of its files.</summary>
    public long Bytes { get; init; }

    public static SharedProfile None(RemoteResult result) => new(result, RemoteWords.Of(result));
}
