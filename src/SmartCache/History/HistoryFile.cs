namespace SmartCache.History;

/// <summary>One file of the history; a higher number is a newer file.</summary>
internal readonly record struct HistoryFile(string Path, long Number, long Length);
