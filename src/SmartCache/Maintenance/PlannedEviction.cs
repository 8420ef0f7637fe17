using SmartCache.Eviction;
using SmartCache.Layers;
using SmartCache.Space;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>The order in which entries go, and the entries that its indexes stand for.</summary>
internal sealed record PlannedEviction(EvictionPlan Order, IReadOnlyList<ListedEntry> Entries)
{
    /// <summary>
    /// Whether enough can go for the newcomer by what deleting frees on its disk: else entries would go for one that does not get its place after all, because the others that it
    /// counted on are linked.
    /// </summary>
    public ValueTask<bool> FreesEnoughAsync(SpaceShortage shortage, EntryLayer layer, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync(
            "measure",
            false,
            pulse => Order.Admits(shortage.UnderFree, index => GainOf(index, layer, pulse).Bytes) && Order.Admits(shortage.UnderInodes, index => GainOf(index, layer, pulse).Inodes),
            cancellationToken);

    private DiskGain GainOf(int index, EntryLayer wanted, OperationPulse pulse) => DiskGain.Of(Entries[index], wanted, pulse);
}
