using System.Globalization;
using SmartCache.Space;

namespace SmartCache.Maintenance;

/// <summary>Says what fills the cache when nothing more can go.</summary>
internal static class HeldSpace
{
    /// <summary>What takes space, the most first.</summary>
    public static string Describe(EvictionTurn turn, SpaceUsage? usage)
    {
        (long Bytes, string What)[] parts =
        [
            (turn.EntryBytes, "of entries that jobs lease or have just used"),
            (turn.Unlisted, "of entries of a newer version, or that cannot be read"),
            (turn.Loose, "in trash and quarantine that cannot be deleted"),
            (turn.Records, "of keys, upload states and other records"),
            (usage?.Partials ?? 0, "of partial downloads and parts of encodes"),
            (usage?.Reserved ?? 0, "reserved for entries in the making"),
        ];
        return string.Join(", ", parts.Where(static part => part.Bytes > 0).OrderByDescending(static part => part.Bytes)
            .Select(static part => string.Create(CultureInfo.InvariantCulture, $"{part.Bytes} bytes {part.What}")));
    }
}
