using SmartCache.Layers;

namespace SmartCache.Stages.Kubo;

/// <summary>What is to be uploaded, in the order of the session, or as it lies on disk where there is no session.</summary>
internal sealed class TreeToUpload
{
    private readonly string _directory;

    private TreeToUpload(string directory, IReadOnlyList<UploadFile> files)
    {
        _directory = directory;
        Files = files;
        TotalBytes = files.Sum(f => f.Length);
    }

    public IReadOnlyList<UploadFile> Files { get; }

    public long TotalBytes { get; }

    /// <exception cref="IOException">The tree cannot be read, or holds no file.</exception>
    public static TreeToUpload Of(UploadRequest request)
    {
        var directory = Path.GetFullPath(request.Directory);
        var session = request.Session;
        // What a killed encode left is sent neither way. Of anything else that a session does not list, all is sent that is sent without one.
        var found = session is not null && session.PassedBy.All(path => EncoderLeftover.Is(Path.GetFileName(path.AsSpan()))) ? session.Files : List(directory, session?.Files ?? []);
        var files = found.Where(f => !EncoderLeftover.Holds(f.RelativePath)).ToList();
        return files.Count > 0 ? new TreeToUpload(directory, files) : throw new IOException("The directory to upload holds no file.");
    }

    /// <summary>The tree as it lies on disk, through links. What a session has hashed keeps its hash, and so its records.</summary>
    private static IReadOnlyList<UploadFile> List(string directory, IReadOnlyList<UploadFile> hashed)
    {
        var known = hashed.ToDictionary(f => f.RelativePath, StringComparer.Ordinal);
        return [.. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Select(path => (Path: path, Relative: Path.GetRelativePath(directory, path).Replace(Path.DirectorySeparatorChar, '/')))
            .Select(f => known.GetValueOrDefault(f.Relative) ?? new UploadFile { RelativePath = f.Relative, Length = LengthOf(f.Path), Sha256 = string.Empty })
            .OrderBy(f => f.RelativePath, StringComparer.Ordinal)];
    }

    // A link has a length of its own.
    private static long LengthOf(string path) => new FileInfo(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path).Length;

    public string PathOf(UploadFile file) => Path.Combine(_directory, file.RelativePath.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>What tells contents apart: equal files are sent once where hashes are known.</summary>
    public static string KeyOf(UploadFile file) => file.Sha256.Length > 0 ? file.Sha256 : file.RelativePath;

    /// <summary>
    /// The directory of a profile inside the tree; <see langword="null"/> where it lies elsewhere. What only has the profile's name may hold anything, and its
    /// CID would be recorded as the profile's.
    /// </summary>
    public string? PathOf(EncodedProfile profile)
    {
        var directory = Path.GetFullPath(profile.Directory);
        var relative = Path.GetRelativePath(_directory, directory).Replace(Path.DirectorySeparatorChar, '/');
        var isInside = !Path.IsPathRooted(relative) && relative != ".." && !relative.StartsWith("../", StringComparison.Ordinal);
        // A worker that encodes elsewhere and links the profile into the tree names the directory after it.
        var path = isInside ? relative == "." ? string.Empty : relative : profile.Name;
        var isThere = path.Length == 0 || Files.Any(f => f.RelativePath.StartsWith(path + "/", StringComparison.Ordinal));
        return isThere && (isInside || IsSame(Path.Combine(_directory, path), directory)) ? path : null;
    }

    private static bool IsSame(string one, string other)
    {
        try
        {
            return Directory.Exists(other) && Real(one) == Real(other);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // Each part of the path may be a link: .NET follows only the last one.
    private static string Real(string path)
    {
        var target = Path.TrimEndingDirectorySeparator(Directory.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
        return Path.GetDirectoryName(target) is { } parent ? Path.Combine(Real(parent), Path.GetFileName(target)) : target;
    }
}
