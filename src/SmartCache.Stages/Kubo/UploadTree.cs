using SmartCache.Uploads;

namespace SmartCache.Stages.Kubo;

/// <summary>What is to be uploaded, in the order of the session, or as it lies on disk where there is no session.</summary>
internal sealed class UploadTree
{
    private readonly string _directory;

    private UploadTree(string directory, IReadOnlyList<UploadFile> files)
    {
        _directory = directory;
        Files = files;
        TotalBytes = files.Sum(f => f.Length);
    }

    public IReadOnlyList<UploadFile> Files { get; }

    public long TotalBytes { get; }

    /// <exception cref="IOException">The tree cannot be read, or holds no file.</exception>
    public static UploadTree Of(UploadRequest request)
    {
        var directory = Path.GetFullPath(request.Directory);
        IEnumerable<UploadFile> found = request.Session?.Files ?? [.. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Select(path => new UploadFile(Path.GetRelativePath(directory, path).Replace(Path.DirectorySeparatorChar, '/'), new FileInfo(path).Length, string.Empty))
            .OrderBy(f => f.RelativePath, StringComparer.Ordinal)];
        var files = found.Where(f => !EncoderLeftover.Holds(f.RelativePath)).ToList();
        return files.Count > 0 ? new UploadTree(directory, files) : throw new IOException("The directory to upload holds no file.");
    }

    public string PathOf(UploadFile file) => Path.Combine(_directory, file.RelativePath.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>What tells contents apart: equal files are sent once where hashes are known.</summary>
    public static string KeyOf(UploadFile file) => file.Sha256.Length > 0 ? file.Sha256 : file.RelativePath;

    /// <summary>The directory of a profile inside the tree; <see langword="null"/> where it lies elsewhere.</summary>
    public string? PathOf(EncodedProfile profile)
    {
        var relative = Path.GetRelativePath(_directory, Path.GetFullPath(profile.Directory)).Replace(Path.DirectorySeparatorChar, '/');
        var inside = !Path.IsPathRooted(relative) && relative != ".." && !relative.StartsWith("../", StringComparison.Ordinal);
        // A worker that encodes elsewhere and links the profile into the tree names the directory after it.
        var path = inside ? relative == "." ? string.Empty : relative : profile.Name;
        return path.Length == 0 || Files.Any(f => f.RelativePath.StartsWith(path + "/", StringComparison.Ordinal)) ? path : null;
    }
}
