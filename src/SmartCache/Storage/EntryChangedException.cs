namespace SmartCache.Storage;

/// <summary>An entry's file changed between the look-up and its use, most likely through a hard link that a job wrote into. The next look-up decides by its hash.</summary>
internal sealed class EntryChangedException(string entry)
    : IOException($"Entry {EntryName.Short(entry)} changed while it was used.");
