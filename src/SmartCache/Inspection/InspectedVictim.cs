namespace SmartCache;

/// <summary>An entry that would go, and why.</summary>
/// <remarks>Later versions may have more properties.</remarks>
public sealed record InspectedVictim
{
    /// <summary>What it holds.</summary>
    public EntryKind Kind { get; init; }

    /// <summary>Its name.</summary>
    public required string Entry { get; init; }

    /// <summary>The setting because of which it would go: <c>MaxAge</c>, <c>MaxSize</c>, <c>MinFreeSpace</c> or <c>MinFreeInodes</c>.</summary>
    public required string Limit { get; init; }

    /// <summary>Whether an unfinished job needs it.</summary>
    public InspectedProtection Protection { get; init; }

    /// <summary>How many unfinished jobs do.</summary>
    public int Jobs { get; init; }

    /// <summary>Bytes on the disk, whole blocks and directories included.</summary>
    public long Bytes { get; init; }

    /// <summary>Wall time that making it again would cost; <see langword="null"/> where nobody measured it.</summary>
    public TimeSpan? Cost { get; init; }

    /// <summary>When it was stored.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>When it was last given out or stored, to the minute.</summary>
    public DateTimeOffset LastUse { get; init; }
}
