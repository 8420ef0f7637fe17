using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// What tells one state of a file from another. A class, as are the other keys and values of dictionaries here: the runtime ships those of references compiled,
/// and compiles one of structs anew in each process, 26 methods for <c>ConcurrentDictionary</c> alone.
/// </summary>
internal sealed record FileState(ulong Device, ulong Inode, long Length, long ModifiedNanoseconds)
{
    public static FileState Of(in FileFacts facts) => new(facts.Device, facts.Inode, facts.Length, facts.ModifiedNanoseconds);
}
