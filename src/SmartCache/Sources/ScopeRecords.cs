using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <summary>What is on record for a scope.</summary>
/// <param name="Keys">Paths of its identities, with the file that was read there.</param>
/// <param name="Contents">The contents that no other identity leads to.</param>
internal sealed record ScopeRecords(Dictionary<string, FileIdentity> Keys, HashSet<string> Contents)
{
    /// <summary>Why one of the records could not be read; the others are here.</summary>
    public FirstFault Fault { get; } = new();
}
