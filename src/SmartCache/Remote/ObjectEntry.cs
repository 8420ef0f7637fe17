namespace SmartCache;

/// <summary>What a store says of an object.</summary>
public sealed record ObjectEntry
{
    /// <summary>Its name, as it was asked for.</summary>
    public required string Name { get; init; }

    /// <summary>Bytes of the whole object.</summary>
    public required long Length { get; init; }

    /// <summary>The engine's tag of these bytes. Equal bytes may have equal tags.</summary>
    public required string Tag { get; init; }

    /// <summary>When it was stored or last touched, by the store's clock; never compared with a clock of this machine.</summary>
    public DateTimeOffset Modified { get; init; }
}
