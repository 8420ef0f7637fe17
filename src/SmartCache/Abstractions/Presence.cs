namespace SmartCache;

/// <summary>Whether a target holds a CID with everything below it.</summary>
public enum Presence
{
    /// <summary>The target could not say.</summary>
    /// <remarks>Neither present nor missing: recorded state stays, and is not relied on.</remarks>
    Unknown,

    /// <summary>The target holds all of it.</summary>
    Present,

    /// <summary>The target said that it does not hold all of it.</summary>
    Missing,
}
