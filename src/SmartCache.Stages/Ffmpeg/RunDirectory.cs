namespace SmartCache.Stages.Ffmpeg;

/// <summary>
/// The directory of one run inside the output directory. An encoder that outlives its worker goes on writing into its own run and never into
/// the next one's files; when the next run removes that directory, the orphan fails and ends.
/// </summary>
internal sealed class RunDirectory : IDisposable
{
    private readonly string _output;
    private readonly ProfileFiles _files;
    private readonly bool _createdOutput;

    public RunDirectory(string output, ProfileFiles files)
    {
        _output = output;
        _files = files;
        _createdOutput = !Directory.Exists(output);
        Directory.CreateDirectory(output);
        foreach (var old in Directory.EnumerateDirectories(output))
        {
            if (files.IsRun(System.IO.Path.GetFileName(old)))
                Remove(old);
        }

        Path = System.IO.Path.Combine(output, files.NewRunName());
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    /// <summary>
    /// Replaces the profile's files in the output directory by this run's. Only the profile's own old files go: its playlist and its segments.
    /// The playlist is the first to go and the last to come, so that one that is there is whole.
    /// </summary>
    public void Publish()
    {
        File.Delete(System.IO.Path.Combine(_output, _files.Playlist));
        foreach (var old in Directory.EnumerateFiles(_output))
        {
            if (_files.IsOwn(System.IO.Path.GetFileName(old)))
                File.Delete(old);
        }

        foreach (var entry in Directory.EnumerateFileSystemEntries(Path))
        {
            var name = System.IO.Path.GetFileName(entry);
            if (name != _files.Playlist)
                Directory.Move(entry, System.IO.Path.Combine(_output, name));
        }

        File.Move(System.IO.Path.Combine(Path, _files.Playlist), System.IO.Path.Combine(_output, _files.Playlist));
    }

    public void Dispose()
    {
        Remove(Path);
        if (_createdOutput)
            Remove(_output, recursive: false);
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
