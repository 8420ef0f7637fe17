using SmartCache.Abstractions;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>Why a look-up gives no entry.</summary>
/// <param name="Reason">For whoever asked.</param>
/// <param name="After">What is to be done once the entry's lock is released.</param>
/// <param name="Found">With which entry: by then another process may have exchanged it for a good one, which stays.</param>
internal readonly record struct EntryMiss(Reason Reason, EntryAftermath After, FileIdentity? Found);
