using System.Buffers.Binary;

namespace SmartCache.Torture.PowerCuts;

/// <summary>A file system that power cuts are tried on.</summary>
/// <param name="Name">In the command.</param>
/// <param name="Type">The kernel's.</param>
/// <param name="Options">How it is mounted.</param>
/// <param name="Make">Makes it: program and arguments before the device.</param>
/// <param name="Journal">Which writes make it recover to something else.</param>
internal sealed record DiskKind(string Name, string Type, string? Options, string[] Make, DiskJournal Journal)
{
    /// <summary>How an image of it is mounted beside other images of the same one. Nothing on it has to outlive the look at it: its flushes go nowhere.</summary>
    public string? ImageOptions { get; private init; } = Options;

    /// <summary>How many images are mounted at once.</summary>
    public int MostLanes { get; private init; } = 2;

    /// <summary>xfs makes no smaller one.</summary>
    public const long Size = 300 << 20;

    /// <summary>So much of the beginning of a write says what it is.</summary>
    public const int MarkLength = 8;

    // The smallest journal, because all of it that is not in place yet is read and written at each mount; and blocks as large disks have them, of which mkfs
    // would take a quarter here, with four times the work.
    private static readonly string[] _ext4 = ["mkfs.ext4", "-q", "-F", "-b", "4096", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0", "-J", "size=4"];

    /// <summary>Before Linux 6.7 btrfs takes two images of the same disk for parts of one.</summary>
    private static int BtrfsLanes => File.Exists("/sys/fs/btrfs/features/temp_fsid") ? 2 : 1;

    private static readonly DiskKind[] _all =
    [
        new("ext4", "ext4", null, _ext4, DiskJournal.Jbd2) { ImageOptions = "barrier=0" },
        new("ext4-writeback", "ext4", "data=writeback", _ext4, DiskJournal.Jbd2) { ImageOptions = "data=writeback,barrier=0" },
        new("xfs", "xfs", null, ["mkfs.xfs", "-q", "-f", "-K"], DiskJournal.Xfs) { ImageOptions = "nouuid", MostLanes = 4 }, // its recovery waits more than it works
        new("btrfs", "btrfs", null, ["mkfs.btrfs", "-q", "-f", "-K"], DiskJournal.Btrfs) { ImageOptions = "nobarrier", MostLanes = BtrfsLanes },
    ];

    public static string Names => string.Join('|', _all.Select(static kind => kind.Name));

    public static DiskKind Named(string name) => _all.FirstOrDefault(kind => kind.Name == name) ?? throw new ArgumentException($"--file-system {name}: {Names} is meant.");

    /// <summary>
    /// Whether a write makes the file system recover to something else: a commit block of ext4's journal (magic, type 2), a record of xfs's log, a superblock of
    /// btrfs. Bytes of a file may look like one, and bytes of a file that are written in place are none; so this only says where to look first.
    /// </summary>
    public bool IsTurn(long offset, ReadOnlySpan<byte> mark) => Journal switch
    {
        DiskJournal.Jbd2 => BinaryPrimitives.ReadUInt64BigEndian(mark) == 0xC03B3998_00000002,
        DiskJournal.Xfs => BinaryPrimitives.ReadUInt32BigEndian(mark) == 0xFEEDBABE,
        _ => offset == 64 << 10,
    };
}
