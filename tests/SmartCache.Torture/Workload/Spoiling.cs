namespace SmartCache.Torture.Workload;

/// <summary>What a worker may do to a file that is its own.</summary>
internal static class Spoiling
{
    /// <summary>Overwrites in place, appends, truncates, replaces or deletes; or leaves the file alone.</summary>
    public static void Apply(string path, SplitMix random)
    {
        int way, place;
        lock (random)
        {
            way = random.Next(9);
            place = random.Next(int.MaxValue);
        }

        if (!File.Exists(path))
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
            default:
                break;
        }
    }
}
