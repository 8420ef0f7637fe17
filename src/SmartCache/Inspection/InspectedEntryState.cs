namespace SmartCache;

/// <summary>What a look at an entry's manifest came to. Its files are not looked at.</summary>
public enum InspectedEntryState
{
    /// <summary>The manifest can be read and is whole.</summary>
    Readable,

    /// <summary>A newer version of the library wrote it.</summary>
    Newer,

    /// <summary>The manifest is damaged, or not there: the next look-up or clean-up puts the entry into quarantine.</summary>
    Damaged,

    /// <summary>This user may not read it, or the disk does not give it.</summary>
    Unreadable,
}
