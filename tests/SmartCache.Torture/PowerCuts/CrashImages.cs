using SmartCache.Torture.Workload;

namespace SmartCache.Torture.PowerCuts;

/// <summary>
/// The images that are tried of one recording: at each flush, and between two flushes with each write alone, with random halves of them, and with one of them
/// torn. All of them together is what the next flush begins with. A device may bring writes to its medium in any order until it is told to flush, and none
/// brings less than a sector of 512 bytes.
/// </summary>
internal static class CrashImages
{
    private const int MostAlone = 6;
    private const int Halves = 3;
    private const int MostTorn = 2;

    public static IEnumerable<CrashImage> Of(IReadOnlyList<DiskRecord> records, long begin, SplitMix random)
    {
        var last = -1;
        for (var next = 0; next < records.Count; next++)
        {
            if (!records[next].IsFlush)
            {
                continue;
            }

            if (last >= 0 && records[last].At >= begin)
            {
                foreach (var image in Between(records, last, next, random))
                {
                    yield return image;
                }
            }

            last = next;
        }
    }

    private static IEnumerable<CrashImage> Between(IReadOnlyList<DiskRecord> records, int last, int next, SplitMix random)
    {
        var (flush, told) = (last + 1, records[next].At);

        // What was on the disk when it returned is not for the device to lose.
        var stays = Enumerable.Range(flush, next - flush).Where(number => records[number].Stays).ToArray();
        var writes = Enumerable.Range(flush, next - flush).Where(number => !records[number].Stays).ToArray();
        var between = new CrashInterval();
        yield return new CrashImage(flush, told, stays, -1, 0, "none", between);
        for (var i = 0; i < Halves && writes.Length > 2; i++)
        {
            yield return new CrashImage(flush, told, Ordered([.. stays, .. writes.Where(_ => random.Chance(0.5))]), -1, 0, "half", between);
        }

        foreach (var torn in Some([.. writes.Where(number => records[number].Length > CrashImage.Sector)], MostTorn, random))
        {
            yield return new CrashImage(flush, told, Ordered([.. stays, .. writes.Where(number => number < torn || random.Chance(0.5)), torn]), torn, random.Next(), "torn", between);
        }

        // The last ones first: a commit is written after what it commits.
        foreach (var one in Some(writes, MostAlone, random).OrderDescending())
        {
            yield return new CrashImage(flush, told, Ordered([.. stays, one]), -1, 0, "one", between);
        }
    }

    private static int[] Ordered(IEnumerable<int> writes) => [.. writes.Distinct().Order()];

    private static int[] Some(int[] numbers, int most, SplitMix random)
    {
        for (var i = 0; i < Math.Min(most, numbers.Length); i++)
        {
            var j = i + random.Next(numbers.Length - i);
            (numbers[i], numbers[j]) = (numbers[j], numbers[i]);
        }

        return numbers[..Math.Min(most, numbers.Length)];
    }
}
