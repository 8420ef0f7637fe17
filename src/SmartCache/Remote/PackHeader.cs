using SmartCache.Storage;

namespace SmartCache.Remote;

/// <summary>The header of a pack: the portable part of an entry's manifest. What is true on one machine only, such as modification times, never travels.</summary>
internal sealed record PackHeader
{
    public int Version { get; init; } = PackFormat.Version;

    public required ManifestContent Content { get; init; }
}
