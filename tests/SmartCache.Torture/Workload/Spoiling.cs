namespace SmartCache.Torture.Workload;

/// <summary>What a worker may do to a file that is its own.</summary>
internal static class Spoiling
{
    private static readonly UnixFileMode[] _modes = [UnixFileMode.None, UnixFileMode.UserRead, (UnixFileMode)511];

    /// <summary>Overwrites in place, appends, truncates, replaces, deletes, writes through a map, changes times, mode or owner; or leaves the file alone.</summary>
    /// <param name="path">The file.</param>
    /// <param name="random">Says what happens.</param>
    /// <param name="mayChangeMode">Whether nobody needs to open the file afterwards.</param>
    public static void Apply(string path, SplitMix random, bool mayChangeMode)
    {
        int way, place;
        lock (random)
        {
            way = random.Next(mayChangeMode ? 14 : 11);
            place = random.Next(int.MaxValue);
        }

        if (!File.Exists(path))
        {
            return;
        }

        if (MappedFiles.WriteLate(path, place))
        {
            return;
        }

        switch (way)
        {
            case 0 or 1:
                using (var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
                {
                    RandomAccess.Write(handle, "spoilt by its owner"u8, place % Math.Max(1, RandomAccess.GetLength(handle)));
                }

                break;
            case 2:
                using (var file = File.Open(path, FileMode.Append))
                {
                    file.Write("appended"u8);
                }

                break;
            case 3:
                using (var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
                {
                    RandomAccess.SetLength(handle, RandomAccess.GetLength(handle) / 2);
                }

                break;
            case 4:
                File.WriteAllBytes(path, [1, 2, 3]);
                break;
            case 5:
                File.Delete(path);
                break;
            case 6:
                MappedFiles.WriteThroughMap(path, place);
                break;
            case 7:
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddSeconds((place % 200_000) - 100_000));
                break;
            case 11 or 12:
                Owner.SetMode(path, _modes[place % _modes.Length]);
                break;
            case 13:
                // Only root may; another user keeps the file as it is.
                _ = Owner.TryGive(path, Owner.FirstUser + 7, Owner.Group + 7);
                break;
            default:
                break;
        }
    }
}
