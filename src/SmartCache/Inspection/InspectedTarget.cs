namespace SmartCache;

/// <summary>What is confirmed of one upload target.</summary>
/// <remarks>Later versions may have more properties.</remarks>
public sealed record InspectedTarget
{
    /// <summary>Its directory below <c>uploads/targets</c>: 32 digits.</summary>
    public required string Name { get; init; }

    /// <summary>The target's id; empty where it looks like an address with credentials, or no part can be read.</summary>
    public string Id { get; init; } = "";

    /// <summary>Its import parameters.</summary>
    public string ImportParameters { get; init; } = "";

    /// <summary>Parts of its journal: one for a day, or more where a day has many confirmations.</summary>
    public int Parts { get; init; }

    /// <summary>Parts that a newer version of the library wrote, or that cannot be read: what they say is not in the counts.</summary>
    public int UnreadParts { get; init; }

    /// <summary>Bytes of all parts.</summary>
    public long Bytes { get; init; }

    /// <summary>Confirmations of files on record. The same content counts as often as it was confirmed.</summary>
    public long Files { get; init; }

    /// <summary>Confirmations of profiles' directories.</summary>
    public long Profiles { get; init; }

    /// <summary>Confirmations of whole trees.</summary>
    public long Trees { get; init; }

    /// <summary>Records that take a confirmation back.</summary>
    public long Forgotten { get; init; }

    /// <summary>When the newest of them was recorded, to the second; <see langword="null"/> without any.</summary>
    public DateTimeOffset? Newest { get; init; }
}
