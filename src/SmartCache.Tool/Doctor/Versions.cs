using SmartCache.Tool.Views;

namespace SmartCache.Tool.Doctor;

/// <summary>Which versions of the library stored what lies there. Several are no fault: old and new workers share a cache during an upgrade.</summary>
internal static class Versions
{
    public static IReadOnlyList<VersionView> Of(IReadOnlyList<InspectedEntry> entries) =>
    [
        .. entries.Where(static entry => entry.State == InspectedEntryState.Readable)
            .GroupBy(static entry => entry.Maker).OrderBy(static version => version.Key, StringComparer.Ordinal).Select(static version => new VersionView(version.Key, version.Count())),
    ];
}
