namespace SmartCache.Storage;

/// <summary>What a look at a layer found.</summary>
/// <param name="Listed">The entries that this version can read.</param>
/// <param name="UnlistedBytes">What the others take: of a newer format, or not to be read. They are left alone, and lie on the disk all the same.</param>
internal sealed record EntryListing(List<StoredEntry> Listed, long UnlistedBytes);
