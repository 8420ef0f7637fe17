namespace SmartCache.Storage.Platform;

/// <summary>How a lock is held.</summary>
internal enum LockUse
{
    /// <summary>By any number.</summary>
    Shared,

    /// <summary>By one.</summary>
    Exclusive,
}
