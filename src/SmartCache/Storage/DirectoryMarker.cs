using System.Text;
using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// <c>CACHEDIR.TAG</c>: the cache deletes only below directories that bear it. The first line is the signature that backup programs know
/// (https://bford.info/cachedir/), the second names the cache's own directory, so that a layer is not taken for another one.
/// <para>
/// It is the first thing in a directory, and made by link: it is there as a whole or not at all, and of several processes one makes it.
/// </para>
/// </summary>
internal static class DirectoryMarker
{
    /// <summary>The cache's root; the other directories are called as their layers.</summary>
    public const string Root = "root";

    private const string Signature = "Signature: 8a477f597d28d172789f06886806bc55";
    private const int MaxBytes = 4096;

    // One to look, one to make it, and for each of the processes that come and go meanwhile another. Whoever loses them all has met something else.
    private const int MaxLooks = 8;

    /// <summary>Makes sure that a directory is the cache's: it bears the marker, or is empty and gets it.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="directory">The directory; it exists.</param>
    /// <param name="layer">Which one it is.</param>
    /// <param name="mode">Of the marker.</param>
    /// <param name="isKnown">Whether this process saw the marker there, and nothing else has come there since: somebody took it away, and it is made again.</param>
    /// <exception cref="ForeignDirectoryException">It is not empty and does not bear the marker.</exception>
    public static void Claim(FileSystem files, string directory, string layer, UnixFileMode mode, bool isKnown)
    {
        for (var look = 0; look < MaxLooks; look++)
        {
            if (Read(files, directory) is { } found)
            {
                if (found != layer)
                {
                    break;
                }

                return;
            }

            if (isKnown || IsEmpty(files, directory, layer))
            {
                Make(files, directory, layer, mode);
            }
            else if (Read(files, directory) is null)
            {
                // Not made by another process between the two looks either.
                break;
            }
        }

        throw new ForeignDirectoryException(directory, layer);
    }

    /// <summary>Which directory of a cache this is; empty where the marker is somebody else's, <see langword="null"/> where there is none.</summary>
    private static string? Read(FileSystem files, string directory)
    {
        var path = Path.Combine(directory, OwnNames.Marker);
        if (files.Stat(path) is not { } facts)
        {
            return null;
        }

        if (facts is { Kind: FileKind.Regular, Length: <= MaxBytes, Links: > 1 })
        {
            // Its maker was killed between the link and the end, or is there just now; neither needs the other name any more.
            RemoveTemporaries(files, directory);
        }

        return NameIn(files, directory);
    }

    /// <summary>The same, for whoever changes nothing.</summary>
    public static string? NameIn(FileSystem files, string directory)
    {
        var path = Path.Combine(directory, OwnNames.Marker);
        return files.Stat(path) is not { } facts ? null
            : facts is not { Kind: FileKind.Regular, Length: <= MaxBytes } ? ""
            : BoundedFile.Read(files, path, MaxBytes) is { } content ? LayerIn(Encoding.UTF8.GetString(content)) : null;
    }

    private static string LayerIn(string content)
    {
        const string naming = "# SmartCache: ";
        var lines = content.Split('\n', 3);
        return lines.Length == 3 && lines[0] == Signature && lines[1].StartsWith(naming, StringComparison.Ordinal) ? lines[1][naming.Length..] : "";
    }

    private static byte[] ContentFor(string layer) => Encoding.UTF8.GetBytes(
        $"{Signature}\n# SmartCache: {layer}\n# This directory belongs to a cache, which deletes in it. Nothing in it needs a backup.\n");

    /// <summary>
    /// Whether nothing of anybody's lies there. In the root the cache's own directories may lie, where they are empty or marked themselves: somebody made
    /// them as mount points, or took the root's marker away.
    /// </summary>
    private static bool IsEmpty(FileSystem files, string directory, string layer) =>
        files.List(directory).All(path =>
            OwnNames.MayBeInEmptyDirectory(Path.GetFileName(path))
            || (layer == Root && OwnNames.IsInRoot(Path.GetFileName(path)) && files.DirectoryExists(path) && IsOwnOrEmpty(files, path, Path.GetFileName(path))));

    private static bool IsOwnOrEmpty(FileSystem files, string directory, string layer) =>
        Read(files, directory) is { } found ? found == layer : IsEmpty(files, directory, layer);

    /// <summary>
    /// Has on the disk that a directory is where it is. What lies above the cache is not the cache's, and may not be opened, or lie on a file system that flushes no
    /// directories. That must not switch the cache off: the name reaches the disk when the system writes it. An error of the disk is told.
    /// </summary>
    public static void FlushNameOf(FileSystem files, string directory)
    {
        try
        {
            files.Flush(Path.Combine(directory, ".."));
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException && !DiskError.IsFull(exception) && !DiskError.IsUnreadable(exception))
        {
            // A power cut soon after this may cost a cache that has just been made.
        }
    }

    private static void Make(FileSystem files, string directory, string layer, UnixFileMode mode)
    {
        // Here and not where it is made: who made it may have been killed right after, and whoever comes next takes it as it is.
        FlushNameOf(files, directory);
        var marker = Path.Combine(directory, OwnNames.Marker);
        var temporary = Path.Combine(directory, OwnNames.TemporaryMarker + Guid.NewGuid().ToString("N"));
        try
        {
            using (var handle = files.CreateNew(temporary, mode))
            {
                Write(handle, ContentFor(layer));
            }

            // Some file systems have no hard links (FAT, some network ones). The rename too makes it whole and replaces nothing.
            if (!files.TryLink(temporary, marker))
            {
                files.TryRenameNoReplace(temporary, marker);
            }
        }
        catch (IOException) when (files.Stat(marker) is not null)
        {
            // Another process made it; the caller looks whose it is.
            return;
        }
        finally
        {
            files.Delete(temporary);
        }

        RemoveTemporaries(files, directory);
        files.Flush(Path.Combine(directory, "."));
    }

    private static void Write(SafeFileHandle handle, ReadOnlySpan<byte> content)
    {
        try
        {
            RandomAccess.Write(handle, content, 0);
        }
        catch (NotSupportedException exception)
        {
            // A file that was just made has a place to write at, unless its disk fails just then.
            throw new IOException($"'{OwnNames.Marker}' cannot be written.", exception);
        }

        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>What killed makers left. A live one that has not linked yet loses nothing but the race.</summary>
    private static void RemoveTemporaries(FileSystem files, string directory)
    {
        foreach (var path in files.ListFiles(directory, OwnNames.TemporaryMarker + "*").Where(static path => OwnNames.IsTemporaryMarker(Path.GetFileName(path))))
        {
            files.Delete(path);
        }
    }
}
