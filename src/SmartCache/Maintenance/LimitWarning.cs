using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Layers;
using SmartCache.Space;

namespace SmartCache.Maintenance;

/// <summary>Says that a limit stays crossed because nothing more can go: each of them once an hour.</summary>
internal sealed class LimitWarning(ICacheSettingsSource settings, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Silence = TimeSpan.FromHours(1);

    private readonly Quiet _tooLarge = new(time, Silence);
    private readonly Quiet _tooFull = new(time, Silence);
    private readonly Quiet _tooFewInodes = new(time, Silence);

    public async ValueTask SayAsync(
        EvictionTurn turn, EntryLayer layer, SpaceShortage crossed, Func<CancellationToken, ValueTask<SpaceUsage?>> measure, CancellationToken cancellationToken)
    {
        if (crossed.OverSize > 0 && _tooLarge.TrySay())
        {
            var usage = await measure(cancellationToken).ConfigureAwait(false);
            MaintenanceLog.StillTooLarge(logger, usage?.Total ?? turn.Bytes, crossed.OverSize, settings.Current.MaxSize, HeldSpace.Describe(turn, usage));
        }

        if (crossed.UnderFree > 0 && _tooFull.TrySay())
        {
            SpaceLog.StillTooFull(logger, layer.Directory.Root, crossed.Available, crossed.Floor);
        }

        if (crossed.UnderInodes > 0 && _tooFewInodes.TrySay())
        {
            SpaceLog.StillTooFewInodes(logger, layer.Directory.Root, crossed.FreeInodes, crossed.InodeFloor);
        }
    }
}
