using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <summary>Where a worker's video lies.</summary>
internal static class WorkerFile
{
    /// <summary>The file itself, also where the worker was told of it by a symbolic link: a link has no bytes to be hashed, and can be led elsewhere at any time.</summary>
    public static string Behind(string path) =>
        FileSystem.Current.Stat(path) is { Kind: FileKind.Other } && File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target ? target.FullName : path;
}
