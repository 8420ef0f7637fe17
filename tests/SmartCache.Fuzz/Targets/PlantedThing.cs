using System.Diagnostics;
using SmartCache.Storage.Platform;

namespace SmartCache.Fuzz.Targets;

/// <summary>What lies where a file of the cache should be.</summary>
internal static class PlantedThing
{
    public static void Plant(string path, Canaries canaries, string fifo, FuzzRandom random)
    {
        Remove(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        switch (random.Below(7))
        {
            case 0:
                using (var sparse = File.Create(path))
                {
                    sparse.SetLength(20L << 30);
                }

                break;
            case 1:
                File.WriteAllBytes(path, []);
                break;
            case 2:
                File.CreateSymbolicLink(path, canaries.Target);
                break;
            case 3:
                File.CreateSymbolicLink(path, canaries.TargetDirectory);
                break;
            case 4:
                File.CreateSymbolicLink(path, path); // to itself
                break;
            case 5:
                // A FIFO by link(2): starting a process for each would take longer than the case.
                FileSystem.Current.TryLink(fifo, path);
                break;
            default:
                Directory.CreateDirectory(Path.Combine(path, "in", "the way"));
                break;
        }
    }

    public static void Remove(string path)
    {
        switch (FileSystem.Current.Stat(path)?.Kind)
        {
            case FileKind.Directory:
                Directory.Delete(path, recursive: true);
                break;
            case not null:
                File.Delete(path);
                break;
            default:
                break;
        }
    }

    public static void MakeFifo(string path)
    {
        using var mkfifo = Process.Start("mkfifo", [path]);
        mkfifo.WaitForExit();
    }
}
