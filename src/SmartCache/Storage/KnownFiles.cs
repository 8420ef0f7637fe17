using System.Collections.Concurrent;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// What is known of the content of files, for as long as the file system says that a file still is the one that was looked at: same device, inode, length and
/// modification time. One rule for all that is remembered of a content, its hash or what was parsed out of it: a time is a witness only once it has settled
/// (<see cref="SettledTime"/>), so that what was read before is not remembered. One stat then stands for reading the file.
/// </summary>
/// <param name="capacity">The weight up to which values are kept; beyond it all are forgotten.</param>
internal sealed class KnownFiles<T>(int capacity)
    where T : class
{
    private readonly ConcurrentDictionary<FileState, T> _known = new();
    private long _weight;

    public T? Recall(in FileFacts facts) =>
        facts.Inode != 0 && _known.TryGetValue(FileState.Of(facts), out var known) ? known : null;

    /// <summary>Remembers what the file with these facts held; they were taken of the open file before it was read, and were the same afterwards.</summary>
    public void Remember(in FileFacts before, T value, int weight = 1)
    {
        if (before is not { Inode: not 0, IsSettled: true })
        {
            return;
        }

        // A file that was written anew counts again, although nobody asks for its old state any more: the worst of it is that something is read once more.
        if (Interlocked.Add(ref _weight, weight) > capacity)
        {
            _known.Clear();
            Interlocked.Exchange(ref _weight, weight);
        }

        _known[FileState.Of(before)] = value;
    }

    /// <summary>The same for a file that was looked at, and then opened, by its name: only where the name still leads to a file with these facts, it was this file that was read.</summary>
    public void Remember(FileSystem files, string path, in FileFacts before, T value, int weight = 1)
    {
        if (before.Inode != 0 && files.Stat(path) is { } after && after.IsUnchangedFrom(before))
        {
            Remember(before, value, weight);
        }
    }
}
