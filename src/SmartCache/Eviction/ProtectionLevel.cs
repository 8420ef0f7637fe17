namespace SmartCache.Eviction;

/// <summary>How much unfinished work holds on to an entry. A higher level goes after every lower one.</summary>
internal enum ProtectionLevel
{
    /// <summary>No unfinished job uses it, or none showed a sign of life within the protection period.</summary>
    Free,

    /// <summary>An unfinished job uses it, but has been silent for long.</summary>
    Quiet,

    /// <summary>An unfinished job uses it and is alive, or its retry is due.</summary>
    Active,
}
