namespace SmartCache;

/// <summary>What unfinished encodes have left to go on from; see <see cref="IEncodeCheckpoint"/>.</summary>
public sealed record EncodePartStatistics
{
    /// <summary>Profiles of which there are parts, over all processes.</summary>
    public int Profiles { get; init; }

    /// <summary>Their parts.</summary>
    public int Parts { get; init; }

    /// <summary>Bytes of them on the disk. They count in <see cref="SpaceStatistics.UsedBytes"/>.</summary>
    public long Bytes { get; init; }

    /// <summary>Work of earlier encodes that later ones went on from, since this process started.</summary>
    public TimeSpan ReusedTime { get; init; }
}
