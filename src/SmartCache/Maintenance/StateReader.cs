using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Remote;
using SmartCache.Space;

namespace SmartCache.Maintenance;

/// <summary>Puts <see cref="CacheState"/> together from what the parts remember. Asks the disk nothing: it must answer while that hangs.</summary>
/// <param name="layers">The layers of entries.</param>
/// <param name="uploads">The upload layer.</param>
/// <param name="quota">The account's place.</param>
/// <param name="ledger">The account.</param>
/// <param name="count">Counted the entries.</param>
/// <param name="cleaner">Cleaned up.</param>
/// <param name="remote">The remote tier.</param>
/// <param name="meter">Counted what happened.</param>
internal sealed class StateReader(
    IReadOnlyList<EntryLayer> layers, LayerAccess uploads, LayerAccess quota, SpaceLedger ledger, EntryCount count, CacheCleaner cleaner, RemoteTier remote, CacheMeter meter)
{
    public CacheState Read()
    {
        var settings = quota.Settings.Current;
        var counted = count.Seen;
        return new CacheState
        {
            IsEnabled = settings.Enabled,
            HasInvalidSettings = settings.IsInvalid,
            Layers =
            [
                .. layers.Select((layer, i) => State(layer, layer.Mode) with { Entries = counted?.Entries[i], Disk = DiskOf(layer) }),
                State(uploads, settings.Enabled ? settings.UploadsMode : LayerMode.Off),
                State(quota, settings.Enabled ? LayerMode.On : LayerMode.Off),
            ],
            Space = ledger.Seen is { Counted: not null } usage
                ? new SpaceStatistics { UsedBytes = usage.Total, ReservedBytes = usage.Reserved, LimitBytes = settings.MaxSize }
                : null,
            NeededBytes = counted?.NeededBytes,
            Remote = remote.State,
            SinceCleanup = cleaner.SinceCleanup,
            CleanupInterval = settings.CleanupInterval,
        };
    }

    private LayerState State(LayerAccess layer, LayerMode mode)
    {
        var tally = meter.Tally(layer.Name);
        var hindrance = mode == LayerMode.Off ? CacheReason.None : layer.Hindrance;
        return new LayerState
        {
            Name = layer.Name,
            Condition = mode == LayerMode.Off ? LayerCondition.Off : ConditionOf(hindrance, mode),
            Reason = hindrance,
            Faults = tally.Faults,
            Quarantined = tally.Quarantined,
            Retries = meter.RetriesOf(layer.Name),
        };
    }

    private static LayerCondition ConditionOf(CacheReason hindrance, LayerMode mode) => hindrance switch
    {
        CacheReason.None => mode == LayerMode.Observe ? LayerCondition.Observing : LayerCondition.Usable,
        CacheReason.Disabled => LayerCondition.Disabled,
        CacheReason.ForeignDirectory => LayerCondition.ForeignDirectory,
        CacheReason.Resting => LayerCondition.Resting,
        _ => LayerCondition.Out,
    };

    private DiskState? DiskOf(EntryLayer layer) => ledger.SeenOn(layer.Name) is { } seen
        ? new DiskState { FreeBytes = seen.Available, FloorBytes = seen.Floor, FreeInodes = seen.InodeFloor > 0 ? seen.FreeInodes : 0, FloorInodes = seen.InodeFloor }
        : null;
}
