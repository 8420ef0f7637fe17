namespace SmartCache.Storage;

/// <summary>An entry whose files are what its manifest says.</summary>
/// <param name="Manifest">Its manifest.</param>
/// <param name="IsShared">Whether somebody else has one of its files by hard link.</param>
internal readonly record struct WholeEntry(Manifest Manifest, bool IsShared);
