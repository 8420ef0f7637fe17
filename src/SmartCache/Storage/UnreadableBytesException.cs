namespace SmartCache.Storage;

/// <summary>Twice in a row the disk did not give the bytes of an entry's file, although it gives the entry's manifest. Nothing is proven wrong, but nobody can use the entry.</summary>
internal sealed class UnreadableBytesException(string file, IOException cause) : IOException($"'{file}' cannot be read: {cause.Message}", cause);
