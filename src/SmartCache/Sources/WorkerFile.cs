using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <summary>Where a worker's video lies.</summary>
internal static class WorkerFile
{
    /// <summary>The file itself, also where the worker was told of it by a symbolic link: a link has no bytes to be hashed, and can be led elsewhere at any time.</summary>
    public static string Behind(FileSystem files, string path) =>
        files.Stat(path) is { Kind: FileKind.Other } && files.TargetOf(path) is { } target ? target : path;
}
