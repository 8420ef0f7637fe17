using SmartCache.Abstractions;

namespace SmartCache.Storage;

/// <summary>What a look at the files of an entry found.</summary>
/// <param name="Verdict">Whether they are what the manifest says.</param>
/// <param name="Reason">What is wrong.</param>
internal readonly record struct EntryFinding(EntryVerdict Verdict, Reason Reason)
{
    /// <summary>Whether somebody else has one of the files by hard link.</summary>
    public bool IsShared { get; init; }

    /// <summary>
    /// The times under which the bytes were found right, where they are others than the manifest's; <see cref="Manifest.NoWitness"/> where the time was too
    /// young to be a witness.
    /// </summary>
    public IReadOnlyList<long>? Modified { get; init; }

    public static EntryFinding Damaged(string what) => new(EntryVerdict.Wrong, new(CacheReason.Damaged, what));
}
