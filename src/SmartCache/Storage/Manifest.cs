namespace SmartCache.Storage;

/// <summary>What an entry says of itself. <see cref="Content"/> is portable and checksummed; <see cref="Modified"/> holds only on this file system.</summary>
/// <param name="Content">The portable part.</param>
/// <param name="Modified">Modification times of the files in nanoseconds, in the order of <see cref="ManifestContent.Files"/>.</param>
internal sealed record Manifest(ManifestContent Content, IReadOnlyList<long> Modified)
{
    public const string FileName = "manifest.json";

    /// <summary>Stands in <see cref="Modified"/> where no time is a witness, so that the next look-up reads the bytes. No file has it: a file may well be dated 1970.</summary>
    public const long NoWitness = long.MinValue;

    /// <summary>What the inner stage gave its files for permissions, in the order of <see cref="ManifestContent.Files"/>; <see langword="null"/> where nobody wrote that down.</summary>
    public IReadOnlyList<int>? Modes { get; init; }

    /// <summary>The same, to be read in full before it is believed.</summary>
    public Manifest WithoutWitnesses() => this with { Modified = [.. Modified.Select(static _ => NoWitness)] };

    public UnixFileMode? ModeOf(int index) => Modes is { } modes ? (UnixFileMode)modes[index] : null;

    public long TotalLength => Content.Files.Sum(static file => file.Length);
}
