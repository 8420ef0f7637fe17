namespace SmartCache;

/// <summary>A source or profile that lies in the store of the remote tier.</summary>
public sealed record RemoteEntry
{
    /// <summary>What it holds.</summary>
    public required EntryKind Kind { get; init; }

    /// <summary>Its name, as of the same entry in a local cache: it begins with 32 digits of the source's content hash.</summary>
    public required string Name { get; init; }

    /// <summary>Bytes of the object.</summary>
    public required long Bytes { get; init; }

    /// <summary>When it was stored or last renewed, by the store's clock.</summary>
    public DateTimeOffset Modified { get; init; }
}
