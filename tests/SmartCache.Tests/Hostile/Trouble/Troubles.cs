namespace SmartCache.Tests.Hostile.Trouble;

/// <summary>Every kind of trouble, in the order of the table in docs/reliability.md.</summary>
internal static class Troubles
{
    public static IReadOnlyList<TroubleCase> All { get; } =
        [new("none", "nothing", static _ => { }), .. DiskTroubles.All, .. DirectoryTroubles.All, .. ProcessTroubles.All, .. HostTroubles.All, .. OtherTroubles.All];
}
