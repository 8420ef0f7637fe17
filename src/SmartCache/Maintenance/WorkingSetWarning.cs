using System.Globalization;
using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Space;

namespace SmartCache.Maintenance;

/// <summary>
/// Says that a limit is too small for what the unfinished jobs need. What goes and what is refused are told apart, each once an hour: a refusal costs the
/// newcomer its place, an eviction costs a retry its work, and the milder one must not keep the other from being said.
/// </summary>
internal sealed class WorkingSetWarning(ICacheSettingsSource settings, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Silence = TimeSpan.FromHours(1);

    private readonly Quiet _evicted = new(time, Silence);
    private readonly Quiet _refused = new(time, Silence);

    /// <summary>Bytes that live jobs need went, the first of them because of <paramref name="limit"/>. Not said where the jobs could not be read: then nobody knows.</summary>
    public void Evicted(EvictionTurn turn, long bytes, CrossedLimit limit, SpaceShortage shortage)
    {
        if (turn.Needed is not null && _evicted.TrySay())
        {
            SpaceLog.WorkingSetEvicted(logger, bytes, NeededOf(turn) + bytes, Text(limit, shortage));
        }
    }

    /// <summary>Nothing went for a newcomer, because jobs need it. Not said where nobody knows that.</summary>
    public void Refused(EvictionTurn turn, in EvictionCandidate newcomer, SpaceShortage shortage)
    {
        if (turn.Needed is not null && _refused.TrySay())
        {
            SpaceLog.WorkingSetKept(logger, newcomer.Size, NeededOf(turn), Text(LimitOf(shortage), shortage));
        }
    }

    private static CrossedLimit LimitOf(SpaceShortage shortage) =>
        shortage.UnderFree > Math.Max(0, shortage.OverSize) ? CrossedLimit.MinFreeSpace
        : shortage.OverSize > 0 || shortage.UnderInodes <= 0 ? CrossedLimit.MaxSize : CrossedLimit.MinFreeInodes;

    private static long NeededOf(EvictionTurn turn) =>
        turn.Left.Where(item => turn.Needed?.ContainsKey(item.Entry.Name) == true).Sum(static item => item.Entry.Bytes);

    private string Text(CrossedLimit limit, SpaceShortage shortage) => limit switch
    {
        CrossedLimit.MaxSize => string.Create(
            CultureInfo.InvariantCulture, $"MaxSize ({settings.Current.MaxSize} bytes) is smaller than the working set of the jobs that run at once. Raise it"),
        CrossedLimit.MinFreeInodes => string.Create(
            CultureInfo.InvariantCulture,
            $"MinFreeInodes ({shortage.InodeFloor}, with {shortage.FreeInodes} left on the disk) does not leave enough of them for the working set of the jobs that run at once. Make space there, lower it"),
        _ => string.Create(
            CultureInfo.InvariantCulture,
            $"MinFreeSpace ({shortage.Floor} bytes, with {shortage.Available} left on the disk) does not leave enough of it for the working set of the jobs that run at once. Make space there, lower it"),
    };
}
