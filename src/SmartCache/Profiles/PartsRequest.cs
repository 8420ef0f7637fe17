namespace SmartCache.Profiles;

/// <summary>An attempt that wants to go on from the parts of a layout.</summary>
/// <param name="Layout">What parts have in common, in the encoder's words.</param>
/// <param name="Profile">The profile's name, for the log.</param>
internal sealed record PartsRequest(string Layout, string Profile)
{
    /// <summary>The id of the attempt.</summary>
    public string Attempt { get; } = PartsContents.NewAttempt();

    /// <summary>With less work in them the parts are not given.</summary>
    public TimeSpan MinWork { get; init; }

    /// <summary>Whether the encode has written to the journal before: what was taken back since is not given to it, nor kept for it.</summary>
    public bool HasBegun { get; init; }
}
