using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>A file of the cache's that callers are given files of their own from: of a leased entry, or lent with a lease.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Length">What it must have.</param>
/// <param name="ModifiedNanoseconds">What it must have.</param>
/// <param name="Mode">The permissions that a caller's own file gets; <see langword="null"/> where nobody knows those of the stage's.</param>
/// <param name="Sha256">The hash of its bytes; <see langword="null"/> where nobody knows it.</param>
/// <param name="Name">The entry's name, for whoever is told that it changed.</param>
/// <param name="Lease">The lease on the entry; <see langword="null"/> where only one caller knows the file.</param>
internal readonly record struct OriginalFile(string Path, long Length, long ModifiedNanoseconds, UnixFileMode? Mode, string? Sha256, string Name, EntryLease? Lease)
{
    /// <summary>Whether its time says that nobody wrote to it since. An entry's always does: it is linked to a worker's file only while it does.</summary>
    public bool IsSettled { get; init; } = true;

    /// <summary>Whether nobody else may be reading it by its path.</summary>
    public bool IsSole => Lease is null || Lease.IsSole;

    public static OriginalFile Of(EntryLease lease, int index)
    {
        var file = lease.Manifest.Content.Files[index];
        return new OriginalFile(lease.PathOf(file), file.Length, lease.Manifest.Modified[index], lease.Manifest.ModeOf(index), file.Sha256, lease.Name, lease);
    }

    /// <summary>A file as it is now.</summary>
    public static OriginalFile At(FileSystem files, string path, string? sha256, string name) =>
        files.Stat(path) is { } facts
            ? new OriginalFile(path, facts.Length, facts.ModifiedNanoseconds, facts.Permissions, sha256, name, null) { IsSettled = facts.IsSettled }
            : throw new FileNotFoundException(null, path);

    public bool IsUnchanged(in FileFacts facts) => IsSettled && facts.Length == Length && facts.ModifiedNanoseconds == ModifiedNanoseconds;
}
