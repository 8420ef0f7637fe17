namespace SmartCache.Layers;

/// <summary>What becomes of a key that another worker produces.</summary>
internal enum HeldKey
{
    /// <summary>It is waited for.</summary>
    Wait,

    /// <summary>It is left to the other one.</summary>
    Leave,

    /// <summary>It is produced all the same, without the lock: its holder was waited for and showed no sign of life.</summary>
    Produce,
}
