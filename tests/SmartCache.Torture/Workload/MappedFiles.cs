using System.Collections.Concurrent;
using System.IO.MemoryMappedFiles;

namespace SmartCache.Torture.Workload;

/// <summary>Files that a job writes through a map. A page that is dirty already takes further writes without a trace in the file's times.</summary>
internal static class MappedFiles
{
    private static readonly ConcurrentDictionary<string, (MemoryMappedFile Map, MemoryMappedViewAccessor View)> _kept = new(StringComparer.Ordinal);

    /// <summary>Makes a file through a map that stays open, with its pages dirty, when the stage returns.</summary>
    public static void Create(string path, byte[] bytes)
    {
        var (map, view) = Open(path, FileMode.Create, bytes.Length);
        view.WriteArray(0, bytes, 0, bytes.Length);
        if (!_kept.TryAdd(path, (map, view)))
        {
            view.Dispose();
            map.Dispose();
        }
    }

    /// <summary>Writes through the map that was kept when the file was made.</summary>
    /// <returns>Whether there was one.</returns>
    public static bool WriteLate(string path, int place)
    {
        if (!_kept.TryRemove(path, out var kept))
        {
            return false;
        }

        Spoil(kept.View, place);
        kept.View.Dispose();
        kept.Map.Dispose();
        return true;
    }

    public static void WriteThroughMap(string path, int place)
    {
        if (new FileInfo(path).Length is var length and > 0)
        {
            var (map, view) = Open(path, FileMode.Open, length);
            Spoil(view, place);
            view.Dispose();
            map.Dispose();
        }
    }

    /// <summary>Closes what a job has kept.</summary>
    public static void Forget(string directory)
    {
        foreach (var path in _kept.Keys.Where(path => path.StartsWith(directory + "/", StringComparison.Ordinal)))
        {
            if (_kept.TryRemove(path, out var kept))
            {
                kept.View.Dispose();
                kept.Map.Dispose();
            }
        }
    }

    private static (MemoryMappedFile Map, MemoryMappedViewAccessor View) Open(string path, FileMode mode, long length)
    {
        // The map holds the file without the lock that .NET puts on what it opens by name.
        var file = new FileStream(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var map = MemoryMappedFile.CreateFromFile(file, null, length, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        return (map, map.CreateViewAccessor(0, length));
    }

    private static void Spoil(MemoryMappedViewAccessor view, int place) => view.Write(place % view.Capacity, (byte)(view.ReadByte(place % view.Capacity) ^ 0x5a));
}
