using System.Globalization;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Hostile.Trouble;

/// <summary>Clocks, names and locks.</summary>
internal static class OtherTroubles
{
    private const int LongestName = 255;
    private static readonly TimeSpan _years = TimeSpan.FromDays(3650);

    public static IReadOnlyList<TroubleCase> All { get; } =
    [
        new("a clock that is set back", "ten years, between the attempts", static scene => HostTroubles.JumpBetween(scene, -_years)),
        new("a clock that is set ahead", "ten years, between the attempts", static scene => HostTroubles.JumpBetween(scene, _years)),
        new("a clock of whole seconds", "ext4 with inodes of 128 bytes, under cache and work", static scene => scene.AllOn(Mount.Image("ext4 -I 128", 16))) { Tool = "mkfs.ext4" },
        new("locks that exclude nobody", "injected: each lock is granted", static scene => scene.Disk = new LocksThatDoNothing()),
        .. new[] { 1, 214, 215, LongestName }.Select(static length => new TroubleCase(
            string.Create(CultureInfo.InvariantCulture, $"names of {length} byte{(length == 1 ? "" : "s")}"), "of the source, each profile's directory and each segment, and a job id of 10,000", scene =>
            {
                scene.Plan = scene.Plan with { JobId = new string('j', 10_000), SourceName = new string('s', length), Profiles = [new string('p', length), new string('q', length)] };
                scene.Stages.SegmentName = number => string.Create(CultureInfo.InvariantCulture, $"{number}").PadLeft(length, 'n');
            })),
    ];
}
