namespace SmartCache.Torture.WeakDisk;

/// <summary>What a power cut leaves of bytes that were written and not flushed.</summary>
internal enum WeakContents
{
    /// <summary>What was flushed before; nothing where nothing was.</summary>
    Old,

    /// <summary>The new length and time, and zeros where the new bytes should be.</summary>
    Zeros,

    /// <summary>Half of what was added.</summary>
    Short,

    /// <summary>All of it.</summary>
    New,

    /// <summary>Of each file another one of these.</summary>
    Mixed,
}
