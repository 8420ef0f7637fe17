namespace SmartCache.Torture.PowerCuts;

/// <summary>A file system that power cuts are tried on.</summary>
/// <param name="Name">In the command.</param>
/// <param name="Type">The kernel's.</param>
/// <param name="Options">How it is mounted.</param>
/// <param name="Make">Makes it: program and arguments before the device.</param>
internal sealed record DiskKind(string Name, string Type, string? Options, string[] Make)
{
    /// <summary>How an image of it is mounted beside other images of the same one.</summary>
    public string? ImageOptions { get; private init; } = Options;

    /// <summary>How many images can be mounted at once: btrfs takes two of the same one for parts of one.</summary>
    public int MostLanes { get; private init; } = 2;

    /// <summary>xfs makes no smaller one.</summary>
    public const long Size = 300 << 20;

    private static readonly string[] _ext4 = ["mkfs.ext4", "-q", "-F", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0", "-J", "size=8"];

    private static readonly DiskKind[] _all =
    [
        new("ext4", "ext4", null, _ext4),
        new("ext4-writeback", "ext4", "data=writeback", _ext4),
        new("xfs", "xfs", null, ["mkfs.xfs", "-q", "-f", "-K"]) { ImageOptions = "nouuid" },
        new("btrfs", "btrfs", null, ["mkfs.btrfs", "-q", "-f", "-K"]) { MostLanes = 1 },
    ];

    public static string Names => string.Join('|', _all.Select(static kind => kind.Name));

    public static DiskKind Named(string name) => _all.FirstOrDefault(kind => kind.Name == name) ?? throw new ArgumentException($"--file-system {name}: {Names} is meant.");
}
