namespace SmartCache;

/// <summary>How much unfinished work holds on to an entry. What is more protected goes later.</summary>
public enum InspectedProtection
{
    /// <summary>No unfinished job needs it, or none showed a sign of life for hours.</summary>
    None,

    /// <summary>An unfinished job needs it, but has been silent for long.</summary>
    Quiet,

    /// <summary>An unfinished job needs it and is alive, or its retry is due.</summary>
    Active,
}
