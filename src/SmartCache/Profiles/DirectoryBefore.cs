using SmartCache.Layers;
using SmartCache.Storage.Platform;

namespace SmartCache.Profiles;

/// <summary>
/// What lay in an output directory before an encode, so that afterwards one knows which files it made. What it made and did not name would be missing
/// in a hit. While several encodes share the directory nobody can tell whose file is whose, and nothing is said.
/// </summary>
internal sealed class DirectoryBefore : IDisposable
{
    private const int MaxFiles = 50_000;

    private static readonly HashSet<string> MediaExtensions = new(
        [
            ".ts", ".m2ts", ".mts", ".mp4", ".m4s", ".m4v", ".m4a", ".m4f", ".cmfv", ".cmfa", ".cmft", ".mov", ".webm", ".mkv",
            ".aac", ".ac3", ".ec3", ".mp3", ".opus", ".ogg", ".flac", ".wav", ".vtt", ".webvtt", ".srt", ".ttml", ".jpg", ".jpeg", ".png", ".webp",
        ],
        StringComparer.OrdinalIgnoreCase);

    // Encodes at work in this process. Other processes that write into one job's directory would spoil it without a cache too.
    private static readonly Lock Gate = new();
    private static readonly List<DirectoryBefore> AtWork = [];

    private readonly FileSystem _disk;
    private readonly string _directory;
    private Dictionary<string, FileFacts>? _files;
    private bool _isShared;

    private DirectoryBefore(FileSystem disk, string directory) => (_disk, _directory) = (disk, directory);

    /// <summary>Notes that an encode begins. To be disposed when it was judged.</summary>
    /// <param name="disk">The file system.</param>
    /// <param name="directory">Where it is told to put its files; need not exist, and what no path can be is the encoder's business.</param>
    public static DirectoryBefore Enter(FileSystem disk, string directory)
    {
        var isPath = !string.IsNullOrEmpty(directory) && !directory.Contains('\0', StringComparison.Ordinal);
        var entered = new DirectoryBefore(disk, isPath ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)) + Path.DirectorySeparatorChar : "");
        lock (Gate)
        {
            foreach (var other in AtWork.Where(entered.Overlaps))
            {
                entered._isShared = other._isShared = true;
            }

            AtWork.Add(entered);
        }

        return entered;
    }

    /// <summary>Looks at what lies there now. Without this, or where there is too much, nothing is said afterwards.</summary>
    public bool Look(OperationPulse pulse)
    {
        _files = Media(pulse);
        return _files is not null;
    }

    /// <summary>A media file that the encode made and that is not part of the profile, relative to the profile's directory.</summary>
    public string? FirstUnreached(EncodedProfile profile, PlaylistContents contents, OperationPulse pulse)
    {
        lock (Gate)
        {
            if (_files is null || _isShared)
            {
                return null;
            }
        }

        var known = contents.Files.Concat(profile.ExtraFiles).ToHashSet(StringComparer.Ordinal);
        return Media(pulse)?
            .Where(file => !(_files.TryGetValue(file.Key, out var before) && file.Value.IsUnchangedFrom(before)))
            .Select(file => Path.GetRelativePath(profile.Directory, file.Key).Replace(Path.DirectorySeparatorChar, '/'))
            .Order(StringComparer.Ordinal)
            .FirstOrDefault(path => !known.Contains(path));
    }

    public void Dispose()
    {
        lock (Gate)
        {
            AtWork.Remove(this);
        }
    }

    private bool Overlaps(DirectoryBefore other) =>
        _directory.Length > 0
        && other._directory.Length > 0
        && (_directory.StartsWith(other._directory, StringComparison.Ordinal) || other._directory.StartsWith(_directory, StringComparison.Ordinal));

    // An encode that was killed may have left a directory of its own, and an orphan writes into it still.
    private Dictionary<string, FileFacts>? Media(OperationPulse pulse)
    {
        var media = new Dictionary<string, FileFacts>(StringComparer.Ordinal);
        if (!_disk.DirectoryExists(_directory))
        {
            return media;
        }

        var count = 0;
        var everything = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        foreach (var path in _disk.ListFiles(_directory, everything))
        {
            pulse.Beat();
            if (++count > MaxFiles)
            {
                return null;
            }

            if (MediaExtensions.Contains(Path.GetExtension(path))
                && !EncoderLeftover.Holds(Path.GetRelativePath(_directory, path).Replace(Path.DirectorySeparatorChar, '/'))
                && _disk.Stat(path) is { Kind: FileKind.Regular } facts)
            {
                media[path] = facts;
            }
        }

        return media;
    }
}
