using SmartCache.Layers;

namespace SmartCache.FFMpegCore.Files;

/// <summary>
/// The directory of one run inside the output directory, locked for as long as the run lasts. An encoder that outlives its worker goes on writing into
/// its own run and never into the next one's files; when the next run, of whatever profile, removes that directory, the orphan fails and ends.
/// </summary>
internal sealed class RunDirectory : IDisposable
{
    private readonly string _output;
    private readonly ProfileFiles _files;
    private readonly bool _createdOutput;
    private readonly DirectoryLock? _lock;

    public RunDirectory(string output, ProfileFiles files)
    {
        _output = output;
        _files = files;
        _createdOutput = !Directory.Exists(output);
        (Path, _lock) = Create();
        Sweep();
    }

    public string Path { get; }

    /// <summary>
    /// Gives files that the run reads names of our own in its directory, because a character of their path can mean something to a filter or a pattern.
    /// Where the file system has no links, a file keeps its path.
    /// </summary>
    /// <param name="files">Name to absolute path.</param>
    /// <returns>Name to link.</returns>
    public IReadOnlyDictionary<string, string> Link(IReadOnlyDictionary<string, string> files)
    {
        var links = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, path) in files)
            links[name] = TryLink(FormattableString.Invariant($".aux{links.Count}"), path);
        return links;
    }

    /// <summary>Gives another run's directory a name in this one, for a program that works in this one and writes into both.</summary>
    /// <param name="other">The other run.</param>
    /// <param name="name">The name, without a character that means something to a pattern.</param>
    /// <returns>Whether the file system has links.</returns>
    public bool TryJoin(RunDirectory other, string name)
    {
        try
        {
            Directory.CreateSymbolicLink(System.IO.Path.Combine(Path, name), other.Path);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>
    /// Replaces the profile's files in the output directory by this run's. Only the profile's own old files go: its playlist and its segments.
    /// The playlist is the first to go and the last to come, so that one that is there is whole.
    /// </summary>
    /// <exception cref="FfmpegException">A later run of the profile is at work here: what it will publish must not be mixed with this.</exception>
    public void Publish()
    {
        if (Runs().Any(IsLaterOfSameProfile))
            throw new FfmpegException("A later encode of the same profile is at work in the same directory.");

        File.Delete(System.IO.Path.Combine(_output, _files.Playlist));
        foreach (var old in Directory.EnumerateFiles(_output))
        {
            if (_files.IsOwn(System.IO.Path.GetFileName(old)))
                File.Delete(old);
        }

        foreach (var entry in Directory.EnumerateFileSystemEntries(Path))
        {
            var name = System.IO.Path.GetFileName(entry);
            // The links to what was read are not what was made.
            if (name != _files.Playlist && new FileInfo(entry).LinkTarget is null)
                Directory.Move(entry, System.IO.Path.Combine(_output, name));
        }

        File.Move(System.IO.Path.Combine(Path, _files.Playlist), System.IO.Path.Combine(_output, _files.Playlist));
    }

    public void Dispose()
    {
        Remove(Path);
        _lock?.Dispose();
        if (_createdOutput)
            Remove(_output, recursive: false);
    }

    // The extension stays: demuxers go by it.
    private string TryLink(string name, string path)
    {
        var extension = System.IO.Path.GetExtension(path);
        if (extension.Length is > 1 and < 10 && extension.Skip(1).All(char.IsAsciiLetterOrDigit))
            name += extension;
        try
        {
            File.CreateSymbolicLink(System.IO.Path.Combine(Path, name), path);
            return name;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return path;
        }
    }

    private (string Path, DirectoryLock? Lock) Create()
    {
        for (var attempt = 1; ; attempt++)
        {
            var path = System.IO.Path.Combine(_output, _files.NewRunName());
            Directory.CreateDirectory(path);
            var taken = DirectoryLock.TryTake(path);
            // Until it is locked, another run's sweep may take it for a dead one's. Where there are no locks, nobody sweeps.
            if ((taken is not null && Directory.Exists(path)) || attempt == 3)
                return (path, taken);
            taken?.Dispose();
            Remove(path);
        }
    }

    private IEnumerable<string> Runs() => Directory.EnumerateDirectories(_output).Where(path => EncoderLeftover.Is(System.IO.Path.GetFileName(path)));

    // Only where its own lock is refused to a second taker does a free lock prove that the run's process is gone.
    private void Sweep()
    {
        if (_lock is null || IsFree(Path))
            return;

        foreach (var run in Runs().ToList())
        {
            using var left = DirectoryLock.TryTake(run);
            if (left is not null)
                Remove(run);
        }
    }

    private bool IsLaterOfSameProfile(string run)
    {
        var name = System.IO.Path.GetFileName(run);
        return _files.IsRun(name) && string.CompareOrdinal(name, System.IO.Path.GetFileName(Path)) > 0 && !IsFree(run);
    }

    private static bool IsFree(string run)
    {
        using var taken = DirectoryLock.TryTake(run);
        return taken is not null;
    }

    // What cannot be removed now is removed by the next run; it must not hide why this one failed.
    private static void Remove(string directory, bool recursive = true)
    {
        try
        {
            Directory.Delete(directory, recursive);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }
}
