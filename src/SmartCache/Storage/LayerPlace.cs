using System.Collections.Concurrent;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// Where one layer lies: the cache's root and the layer's own directory, which may be elsewhere. Makes directories there, with the configured mode, and sees to
/// it that the two bear the marker.
/// </summary>
internal sealed class LayerPlace(string layer, string root, Func<ICachePlace> place, FileSystem files)
{
    private readonly ConcurrentDictionary<string, FileIdentity> _claimed = new(StringComparer.Ordinal);

    /// <summary>Makes a directory with the configured mode, whatever the umask; existing ones are left as they are.</summary>
    public void MakeDirectory(string path)
    {
        var found = files.Stat(path);
        if (found is { Kind: FileKind.Directory })
        {
            return;
        }

        // Whoever runs the worker may put the cache or a layer elsewhere by a link. Below that all is the cache's own: through a link there it would
        // sweep, or fill, what is not.
        if (found is not null)
        {
            if ((path == root || path == place().Root) && files.DirectoryExists(path))
            {
                return;
            }

            throw new IOException($"'{path}' is a {(found.Value.Kind == FileKind.Regular ? "file" : "link")}; the cache needs a directory there.");
        }

        MakeWhatIsAbove(path);
        var highest = StandsIn(path) ? HighestMissing(path) : null;
        files.MakeDirectory(path, place().DirectoryMode);
        if (highest is not null)
        {
            // What is flushed in a directory is lost with its name. Its own name is flushed with its marker.
            for (var above = path; above != highest; above = Path.GetDirectoryName(above)!)
            {
                DirectoryMarker.FlushNameOf(files, Path.GetDirectoryName(above)!);
            }

            Claim(path);
        }
    }

    /// <summary>Whether this is one of the directories that must bear the cache's marker for this layer to work: the root, and where the layer may lie elsewhere its own.</summary>
    public bool StandsIn(string directory) => directory == place().Root || (directory == root && OwnNames.IsLayer(layer));

    /// <summary>
    /// Makes sure that the layer's directories bear the marker; makes it again where somebody took it away under the running worker, because the next one
    /// would refuse the directory.
    /// </summary>
    /// <exception cref="ForeignDirectoryException">One of them is somebody else's.</exception>
    public void KeepMarkers()
    {
        Claim(place().Root);
        if (StandsIn(root))
        {
            Claim(root);
        }
    }

    private string HighestMissing(string path)
    {
        var highest = path;
        while (Path.GetDirectoryName(highest) is { } parent && files.Stat(parent) is null)
        {
            highest = parent;
        }

        return highest;
    }

    private void MakeWhatIsAbove(string path)
    {
        // .NET gives the mode only to the last part. Above the cache's directories nothing is the cache's own.
        if (Path.GetDirectoryName(path) is { } parent && IsOwn(parent) && files.Stat(parent) is not { Kind: FileKind.Directory })
        {
            MakeDirectory(parent);
        }

        // A layer that is made anew under the running worker may be the first thing in a root that is new too, and of another process.
        if (path == root)
        {
            MakeDirectory(place().Root);
            Claim(place().Root);
        }
    }

    private void Claim(string path)
    {
        // Where a link leads to is what has to be the cache's.
        var found = files.Stat(Path.Combine(path, ".")) is { Inode: not 0 } facts ? facts.Identity : (FileIdentity?)null;
        // Or it was removed as a whole under this worker, and an operation that was under way made a part of it again, without the marker.
        var isKnown = found is not null && _claimed.TryGetValue(path, out var known)
            && (known == found || files.List(path).Select(Path.GetFileName).All(static name => OwnNames.IsAtTop(name!) || OwnNames.MayBeInEmptyDirectory(name!)));
        DirectoryMarker.Claim(files, path, path == root ? layer : DirectoryMarker.Root, place().FileMode, isKnown);
        if (found is { } own)
        {
            _claimed[path] = own;
        }
    }

    private bool IsOwn(string path) => IsAtOrBelow(path, place().Root) || IsAtOrBelow(path, root);

    private static bool IsAtOrBelow(string path, string root) => path == root || path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
