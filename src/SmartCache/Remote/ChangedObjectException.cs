namespace SmartCache.Remote;

/// <summary>The object was deleted, replaced or touched while it was read: it is read once more from its beginning.</summary>
internal sealed class ChangedObjectException() : Exception("The object was changed while it was read.");
