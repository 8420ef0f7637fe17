using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;

namespace SmartCache.Tests.Support;

/// <summary>The real file system, where whatever lies at or below one path answers with an error, as a damaged directory of a disk does, or one of another user.</summary>
internal sealed class DamagedPlace : ForwardingFileSystem
{
    /// <summary>The end of the path that is damaged; nothing is, without it.</summary>
    public string? At { get; set; }

    /// <summary>The place itself can be looked at, as another user's directory can, and nothing below it.</summary>
    public bool IsSeen { get; init; }

    public Func<Exception> Error { get; init; } = static () => new IOException("Input/output error", 5);

    public override FileFacts? Stat(string path) => base.Stat(IsSeen && At is { } at && path.EndsWith(at, StringComparison.Ordinal) ? path : Checked(path));

    public override SafeFileHandle OpenRead(string path) => base.OpenRead(Checked(path));

    public override SafeFileHandle OpenAppend(string path, UnixFileMode mode) => base.OpenAppend(Checked(path), mode);

    public override void Delete(string path) => base.Delete(Checked(path));

    public override bool FileExists(string path) => base.FileExists(Checked(path));

    public override bool DirectoryExists(string path) => base.DirectoryExists(Checked(path));

    public override IEnumerable<string> List(string directory, bool recursive = false) => base.List(Checked(directory), recursive);

    public override IEnumerable<string> List(string directory, EnumerationOptions options) => base.List(Checked(directory), options).Select(Checked);

    public override IEnumerable<string> ListFiles(string directory, string pattern = "*", bool recursive = false) => base.ListFiles(Checked(directory), pattern, recursive);

    public override IEnumerable<string> ListFiles(string directory, EnumerationOptions options) => base.ListFiles(Checked(directory), options).Select(Checked);

    public override IEnumerable<string> ListDirectories(string directory) => base.ListDirectories(Checked(directory));

    private string Checked(string path) =>
        At is { } at && (path + "/").Contains(at.TrimEnd('/') + "/", StringComparison.Ordinal) ? throw Error() : path;
}
