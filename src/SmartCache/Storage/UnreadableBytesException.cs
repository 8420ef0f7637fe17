namespace SmartCache.Storage;

/// <summary>Twice in a row the disk did not give an entry's file, or its bytes, although it gives the layer's marker. Nothing is proven wrong, but nobody can use the entry.</summary>
internal sealed class UnreadableBytesException(string file, IOException cause) : IOException($"'{file}' cannot be read: {cause.Message}", cause);
