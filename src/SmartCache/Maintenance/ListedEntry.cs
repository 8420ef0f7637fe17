using SmartCache.Layers;
using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <summary>An entry that a turn found.</summary>
internal sealed class ListedEntry(EntryLayer layer, StoredEntry entry)
{
    public EntryLayer Layer { get; } = layer;

    public StoredEntry Entry { get; } = entry;

    /// <summary>Whether it lies in the trash by now.</summary>
    public bool IsGone { get; set; }
}
