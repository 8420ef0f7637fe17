namespace SmartCache;

/// <summary>Whether a layer of the cache can be used, as the operation that used it last found it.</summary>
/// <remarks>
/// Nobody asks the disk for it, so of an idle layer it is as old as that operation: in a host one <c>CleanupInterval</c> at most, because each clean-up uses every layer. What
/// ends before that, such as a file <c>DISABLED</c> that was removed, is seen then, or by the next job.
/// </remarks>
public enum LayerCondition
{
    /// <summary>It works, or nobody has used it yet.</summary>
    Usable,

    /// <summary>It works in mode <c>Observe</c>: it counts what would have hit, and stores no media.</summary>
    Observing,

    /// <summary>The settings switch it, or the whole cache, off.</summary>
    Off,

    /// <summary>A file <c>DISABLED</c> in the cache directory switches the whole cache off.</summary>
    Disabled,

    /// <summary>Its disk does not answer: operations are given up, and after three of them the layer is left alone for a minute.</summary>
    Resting,

    /// <summary>Its directory cannot be opened. It is tried again by each operation.</summary>
    Out,

    /// <summary>A directory of the cache is somebody else's, so the whole cache is off.</summary>
    ForeignDirectory,
}
