namespace SmartCache.Storage;

/// <summary>What an entry says of itself. <see cref="Content"/> is portable and checksummed; <see cref="Modified"/> holds only on this file system.</summary>
/// <param name="Content">The portable part.</param>
/// <param name="Modified">Modification times of the files in nanoseconds, in the order of <see cref="ManifestContent.Files"/>.</param>
internal sealed record Manifest(ManifestContent Content, IReadOnlyList<long> Modified)
{
    public const string FileName = "manifest.json";

    public long TotalLength => Content.Files.Sum(static file => file.Length);
}
