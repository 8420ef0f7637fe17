namespace SmartCache.Torture.WeakDisk;

/// <summary>What a weak file system may leave of a cache at some moment, and what the outside world had been told by then.</summary>
/// <param name="Key">The same for the same state.</param>
/// <param name="Where">For the report.</param>
/// <param name="Tree">Paths below the directory of the case; a directory has no bytes.</param>
/// <param name="Notes">What was told.</param>
/// <param name="IsEnd">Whether the operation had returned.</param>
internal sealed record WeakState(string Key, string Where, IReadOnlyDictionary<string, WeakBytes?> Tree, IReadOnlyDictionary<string, byte[]> Notes, bool IsEnd);
