namespace EncoderWorker.State;

/// <summary>
/// Where the sample keeps its things between runs, outside the repository: the test video, the demo cache, work directories
/// and the publish folder. One run at a time uses it, because a job's work directory has the same name in every run.
/// </summary>
internal sealed class StateFolder : IDisposable
{
    private readonly FileStream _lock;
    private readonly string _unfinished;

    private StateFolder(string root, FileStream @lock)
    {
        Root = root;
        _lock = @lock;
        _unfinished = Path.Combine(root, "unfinished");
    }

    public string Root { get; }

    public string DemoCache => Path.Combine(Root, "cache");

    public string Work => Path.Combine(Root, "work");

    public string PublishFolder => Path.Combine(Root, "publish");

    public string VideoFolder => Path.Combine(Root, "video");

    /// <summary>Whether the last run with the demo cache was interrupted or killed.</summary>
    public bool LastRunUnfinished => File.Exists(_unfinished);

    /// <exception cref="IOException">Another run uses the folder, or it cannot be made.</exception>
    public static StateFolder Open()
    {
        var root = Path.Combine(CacheHome(), "smartcache-sample");
        try
        {
            Directory.CreateDirectory(root);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw NotWritable(root, exception);
        }

        try
        {
            return new StateFolder(root, new FileStream(Path.Combine(root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException exception)
        {
            throw NotWritable(root, exception);
        }
        catch (IOException exception)
        {
            throw new IOException($"Another run of the sample is using {root}. Wait for it, or give this one a folder of its own: XDG_CACHE_HOME=DIR", exception);
        }
    }

    /// <summary>What is already published goes with the cache: a first attempt has nothing behind it.</summary>
    public void EmptyDemo()
    {
        Remove(DemoCache);
        Remove(PublishFolder);
    }

    public void MarkUnfinished() => File.WriteAllText(_unfinished, "");

    public void MarkFinished() => File.Delete(_unfinished);

    public void Dispose() => _lock.Dispose();

    private static IOException NotWritable(string root, UnauthorizedAccessException exception) =>
        new($"The sample may not write to {root}. Give it a folder of its own: XDG_CACHE_HOME=DIR", exception);

    private static void Remove(string directory)
    {
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
    }

    private static string CacheHome()
    {
        // The XDG rule: a relative path is to be ignored.
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } home && Path.IsPathRooted(home))
            return home;
        var user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path.Combine(user.Length > 0 ? user : Path.GetTempPath(), ".cache");
    }
}
