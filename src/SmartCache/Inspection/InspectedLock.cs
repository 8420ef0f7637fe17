using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>A lock that somebody holds at this moment.</summary>
/// <remarks>Later versions may have more properties.</remarks>
public sealed record InspectedLock
{
    private readonly ListByContent<int> _processIds = new([]);

    /// <summary><c>sources</c>, <c>profiles</c>, <c>uploads</c>, <c>quota</c> or <c>history</c>.</summary>
    public required string Layer { get; init; }

    /// <summary>The file's name in <c>locks/</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public InspectedLockKind Kind { get; init; }

    /// <summary>The entry that is leased, the key that is produced, the writer that lives; <see langword="null"/> of others.</summary>
    public string? Of { get; init; }

    /// <summary>Whether nobody else may hold it.</summary>
    public bool IsExclusive { get; init; }

    /// <summary>When the file was made, which is when the lock was first taken; <see langword="null"/> where the file system does not say.</summary>
    public DateTimeOffset? Made { get; init; }

    /// <summary>The file's modification time: of a producer and of an eviction the last sign of life.</summary>
    public DateTimeOffset LastLife { get; init; }

    /// <summary>Ids of the processes that hold it, as far as this one may see them: not those of other containers.</summary>
    public IReadOnlyList<int> ProcessIds
    {
        get => _processIds.List;
        init => _processIds = new(value);
    }
}
