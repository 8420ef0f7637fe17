using System.Text.RegularExpressions;
using SmartCache.Storage.Platform;

namespace SmartCache.Torture;

/// <summary>
/// Watches from outside how many bytes the cache takes. A walk sees no single moment: what counts is what a first walk saw and a second one, begun
/// after the end of the first, found unchanged, for that lay there all at once in between. So the figure is never too high.
/// </summary>
internal sealed partial class UsageSampler(string cache, TimeSpan interval) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task? _running;

    /// <summary>The most that entries, trash and quarantine took together.</summary>
    public long Maximum { get; private set; }

    /// <summary>The largest files that lay there at that moment.</summary>
    public IReadOnlyList<string> WhereMost { get; private set; } = [];

    public int Samples { get; private set; }

    public void Start() => _running = Task.Factory.StartNew(
        () =>
        {
            while (!_stop.IsCancellationRequested)
            {
                Sample();
                _stop.Token.WaitHandle.WaitOne(interval);
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    public void Dispose()
    {
        _stop.Cancel();
        _running?.Wait();
        _stop.Dispose();
    }

    public void Sample()
    {
        var first = Walk();
        var second = Walk();
        var both = second.Where(seen => first.TryGetValue(seen.Key, out var before) && before.Bytes == seen.Value.Bytes).Select(static seen => seen.Value).ToList();
        var sum = both.Sum(static seen => seen.Bytes);
        if (sum > Maximum)
        {
            (Maximum, WhereMost) = (sum, [.. both.OrderByDescending(static seen => seen.Bytes).Take(40).Select(static seen => $"{seen.Bytes} {seen.Path}")]);
        }

        Samples++;
    }

    // By time of modification as well: an inode number is taken again at once.
    private Dictionary<(ulong Device, ulong Inode, long Modified), (long Bytes, string Path)> Walk()
    {
        var found = new Dictionary<(ulong, ulong, long), (long, string)>();
        foreach (var layer in new[] { "sources", "profiles" })
        {
            foreach (var path in Files(Path.Combine(cache, layer)))
            {
                try
                {
                    if (IsCounted(path) && FileSystem.Current.Stat(path) is { Kind: FileKind.Regular } facts)
                    {
                        found[(facts.Device, facts.Inode, facts.ModifiedNanoseconds)] = (facts.AllocatedBytes, path);
                    }
                }
                catch (IOException)
                {
                    // Gone since it was listed.
                }
            }
        }

        return found;
    }

    /// <summary>
    /// What is in the making is linked here: the worker's own file, an entry's as well and counted there, or reserved for; so is what was thrown away or left behind
    /// in the making, on its way through the trash. That copies are reserved before they are written is measured by the kernel's own count, in the tests of disk
    /// pressure. A partial download grows without a reservation, as README says; others make room for it.
    /// </summary>
    private static bool IsCounted(string path) =>
        !path.Contains("/staging/", StringComparison.Ordinal) && !path.Contains("/partials/", StringComparison.Ordinal) && !DeadStaging().IsMatch(path);

    // trash/WRITER.BY.N/SERIAL/… of a dead writer, trash/SERIAL.BY.N/… of one that threw it away; an entry lies there by its name, without a serial.
    [GeneratedRegex("/trash/([0-9a-f]{32}[.][^/]+/[0-9]+/|[0-9]{1,9}[.])")]
    private static partial Regex DeadStaging();

    private static List<string> Files(string directory)
    {
        var files = new List<string>();
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        try
        {
            foreach (var path in Directory.EnumerateFiles(directory, "*", options))
            {
                files.Add(path);
            }
        }
        catch (IOException)
        {
            // A directory that was moved away during the walk ends it early: too few, never too many.
        }

        return files;
    }
}
