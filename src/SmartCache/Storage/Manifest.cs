namespace SmartCache.Storage;

/// <summary>What an entry says of itself. <see cref="Content"/> is portable and checksummed; <see cref="Modified"/> holds only on this file system.</summary>
/// <param name="Content">The portable part.</param>
/// <param name="Modified">Modification times of the files in nanoseconds, in the order of <see cref="ManifestContent.Files"/>.</param>
internal sealed record Manifest(ManifestContent Content, IReadOnlyList<long> Modified)
{
    public const string FileName = "manifest.json";

    /// <summary>What the inner stage gave its files for permissions, in the order of <see cref="ManifestContent.Files"/>; <see langword="null"/> where nobody wrote that down.</summary>
    public IReadOnlyList<int>? Modes { get; init; }

    public UnixFileMode? ModeOf(int index) => Modes is { } modes ? (UnixFileMode)modes[index] : null;

    public long TotalLength => Content.Files.Sum(static file => file.Length);
}
