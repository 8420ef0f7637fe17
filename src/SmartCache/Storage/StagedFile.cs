using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>One file on its way into the cache.</summary>
/// <param name="Path">Its path inside the entry.</param>
/// <param name="Witness">The facts of the worker's file when it was taken: if they differ later, somebody wrote to it.</param>
/// <param name="Source">The worker's file to copy from; <see langword="null"/> where it was linked or cloned.</param>
/// <param name="SharesInode">Linked: writes of the worker reach the staged file too.</param>
internal sealed record StagedFile(string Path, FileFacts Witness, HeldFile? Source, bool SharesInode)
{
    /// <summary>Whether the bytes of <see cref="Source"/> lie in the staging by now.</summary>
    public bool IsCopied { get; init; }
}
