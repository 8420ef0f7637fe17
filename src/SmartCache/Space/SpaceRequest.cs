using SmartCache.Storage;

namespace SmartCache.Space;

/// <summary>What an entry in the making, or a copy that is lent, needs.</summary>
/// <param name="Layer">Where it goes.</param>
/// <param name="Bytes">What its files will take at most, whether they are written or linked.</param>
/// <param name="Writes">What has to be written for it: nothing for a link or a clone.</param>
internal sealed record SpaceRequest(LayerDirectory Layer, long Bytes, long Writes)
{
    /// <summary>How many files and directories have to be made for it.</summary>
    public long Inodes { get; init; }

    /// <summary>
    /// Whether it is for a part of an encode, for which nothing goes. It gets no place above the low-water mark: parts would fill what an eviction has just freed, and each entry would
    /// bring about the next one. A full disk is its answer, and no fault.
    /// </summary>
    public bool IsForPart { get; init; }

    /// <summary>
    /// Of what is fetched ahead: bytes that the disk must have left beside it and <c>MinFreeSpace</c>. For it go only free entries that rank below it, and no more of them than it
    /// needs. <see langword="null"/> = it is a job's.
    /// </summary>
    public long? KeepsFree { get; init; }

    /// <summary>What the disk gets back when this is refused, and what of it lies there already goes.</summary>
    public SpaceRequest Leaving() => new(Layer, 0, Writes - Bytes);

    /// <summary>The entry, for the policy's opinion on whether it is worth those that would have to go.</summary>
    public EvictionCandidate? Newcomer { get; init; }
}
