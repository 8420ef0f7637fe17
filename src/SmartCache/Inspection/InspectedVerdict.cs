namespace SmartCache;

/// <summary>What reading an entry's bytes said.</summary>
public enum InspectedVerdict
{
    /// <summary>Every byte is as the manifest says.</summary>
    Whole,

    /// <summary>A file is missing or has other bytes, or the manifest is damaged.</summary>
    Wrong,

    /// <summary>Somebody wrote to it while it was read: nothing is known.</summary>
    Changing,

    /// <summary>The entry went meanwhile.</summary>
    Gone,

    /// <summary>This user may not read it, or the disk does not give it: nothing is known.</summary>
    Unreadable,

    /// <summary>A newer version of the library wrote it: nothing is known.</summary>
    Newer,
}
