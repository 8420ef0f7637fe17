using SmartCache.Storage.Platform;

namespace SmartCache.Torture;

/// <summary>
/// Watches from outside how many bytes the cache takes. A walk sees no single moment: what counts is what a first walk saw and a second one, begun
/// after the end of the first, found unchanged, for that lay there all at once in between. So the figure is never too high.
/// </summary>
internal sealed class UsageSampler(string cache, TimeSpan interval) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task? _running;

    /// <summary>The most that entries, trash, quarantine, partials and copies in the making took together.</summary>
    public long Maximum { get; private set; }

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
        long both = 0;
        foreach (var (file, bytes) in second)
        {
            both += Math.Min(bytes, first.GetValueOrDefault(file));
        }

        Maximum = Math.Max(Maximum, both);
        Samples++;
    }

    private Dictionary<(ulong, ulong), long> Walk()
    {
        var found = new Dictionary<(ulong, ulong), long>();
        foreach (var layer in new[] { "sources", "profiles" })
        {
            foreach (var path in Files(Path.Combine(cache, layer)))
            {
                try
                {
                    // A file in staging with two names is the worker's own, or an entry's as well and counted there.
                    if (FileSystem.Current.Stat(path) is { Kind: FileKind.Regular } facts && !(facts.Links > 1 && path.Contains("/staging/", StringComparison.Ordinal)))
                    {
                        found[(facts.Device, facts.Inode)] = facts.AllocatedBytes;
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
