using System.Globalization;
using SmartCache.Storage.Platform;

namespace SmartCache.Benchmarks;

/// <summary>The same files as the hot profiles, outside the cache, and the system calls of a look-up and of a hit made by hand on them.</summary>
internal sealed class HotFiles(string root, string work)
{
    private const int Names = HotKeys.Segments + 1;
    private const int StatsOfLookUp = 8;

    private readonly string _file = Path.Combine(work, "by-hand.mp4");
    private readonly string _directory = Path.Combine(work, "by-hand");

    public static void Write(string root)
    {
        for (var i = 0; i < HotKeys.Profiles; i++)
        {
            TestFiles.WriteProfile(Path.Combine(root, Name(i)), HotKeys.Segments, HotKeys.SegmentBytes, seed: i);
        }
    }

    /// <summary>Locks a file shared, looks at some, and unlocks it: what a look-up of a source asks for.</summary>
    public HotRow Lock(int key)
    {
        using var held = FileSystem.Current.TryLock(Path.Combine(root, Name(key % HotKeys.Profiles), "lock"), exclusive: false, (UnixFileMode)0b110_000_000);
        for (var i = 0; i < StatsOfLookUp; i++)
        {
            _ = FileSystem.Current.Stat(FileOf(key, i % Names));
        }

        return HotRow.LockByHand;
    }

    public HotRow Link(int key)
    {
        _ = FileSystem.Current.TryLink(FileOf(key, 0), _file);
        return HotRow.LinkByHand;
    }

    public HotRow LinkAll(int key)
    {
        Directory.CreateDirectory(_directory);
        for (var i = 0; i < Names; i++)
        {
            _ = FileSystem.Current.TryLink(FileOf(key, i), Path.Combine(_directory, Name(i)));
        }

        return HotRow.LinksByHand;
    }

    public void CleanUp()
    {
        File.Delete(_file);
        foreach (var file in Directory.Exists(_directory) ? Directory.GetFiles(_directory) : [])
        {
            File.Delete(file);
        }
    }

    private static string Name(int number) => number.ToString(CultureInfo.InvariantCulture);

    private string FileOf(int key, int index) =>
        Path.Combine(root, Name(key % HotKeys.Profiles), index == HotKeys.Segments ? "index.m3u8" : string.Create(CultureInfo.InvariantCulture, $"seg_{index:D5}.ts"));
}
