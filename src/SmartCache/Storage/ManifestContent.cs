namespace SmartCache.Storage;

/// <summary>The portable part of a manifest.</summary>
internal sealed record ManifestContent
{
    public required DateTimeOffset Created { get; init; }

    /// <summary>The files, paths relative to the entry's directory, in ordinal order.</summary>
    public required IReadOnlyList<ManifestFile> Files { get; init; }

    /// <summary>The preimage of the key: compared on a hit, and where a miss finds what differs.</summary>
    public required IReadOnlyDictionary<string, string> Key { get; init; }

    /// <summary>Whatever the layer wants back on a hit.</summary>
    public required IReadOnlyDictionary<string, string> Properties { get; init; }

    /// <summary>Wall seconds that making it took.</summary>
    public double CostSeconds { get; init; }

    /// <summary>The library version that wrote it.</summary>
    public string? Maker { get; init; }
}
