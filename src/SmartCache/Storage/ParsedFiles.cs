using System.Collections.Concurrent;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// What was read out of small state files, for as long as the file system says that the file is still the one that was read: same device, inode, length
/// and modification time. One stat then stands for opening, reading, checking and parsing. State files are only ever replaced, so a change is another inode;
/// the touch that records a last access is another time, and has the file read again, once a minute at most.
/// </summary>
/// <param name="capacity">The weight up to which values are kept; beyond it all are forgotten.</param>
internal sealed class ParsedFiles<T>(int capacity)
    where T : class
{
    private readonly ConcurrentDictionary<string, Parsed> _known = new(StringComparer.Ordinal);
    private long _weight;

    public T? Recall(string path, in FileFacts facts) =>
        _known.TryGetValue(path, out var known) && known.Facts.IsUnchangedFrom(facts) ? known.Value : null;

    /// <summary>
    /// Remembers a value. The facts were taken before it was read: where the file's time had settled by then and the name still leads to a file with these
    /// facts, it was this file that was read.
    /// </summary>
    public void Remember(string path, in FileFacts before, T value, int weight = 1)
    {
        if (before.Inode == 0
            || FileSystem.Current.Stat(path) is not { } after
            || !after.IsUnchangedFrom(before))
        {
            return;
        }

        // Replacing counts again: the weight errs to the high side, and the worst of it is that something is read once more.
        if (Interlocked.Add(ref _weight, weight) > capacity)
        {
            _known.Clear();
            Interlocked.Exchange(ref _weight, weight);
        }

        _known[path] = new Parsed(before, value);
    }

    private sealed record Parsed(FileFacts Facts, T Value);
}
