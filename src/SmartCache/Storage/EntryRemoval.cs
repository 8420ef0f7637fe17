namespace SmartCache.Storage;

internal enum EntryRemoval
{
    /// <summary>No longer wanted; its space is freed soon.</summary>
    Trash,

    /// <summary>Proven wrong; kept for a while to be looked at.</summary>
    Quarantine,
}
