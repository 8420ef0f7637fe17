using SmartCache.Torture.Workload;

namespace SmartCache.Torture.PowerCuts;

/// <summary>
/// The images of one recording: at each flush, and between two flushes with each write alone, with random halves of them, and with one of them torn. All of
/// them together is what the next flush begins with. A device may bring writes to its medium in any order until it is told to flush, and none brings less than
/// a sector of 512 bytes. Which of them are tried is <see cref="ImageYield"/>'s to say.
/// </summary>
internal sealed class CrashImages(IReadOnlyList<DiskRecord> records, Told told, SplitMix random)
{
    private const int MostAlone = 6;
    private const int MostTurns = 2;
    private const int Halves = 3;
    private const int MostTorn = 2;

    /// <summary>
    /// So many gaps at once: first what each flush begins with, and then the parts of what came after it, most of which recover to one of these. So how often
    /// parts give anything new is known.
    /// </summary>
    private const int Window = 40;

    /// <summary>New images for each gap, roughly, as long recordings on ext4, xfs and btrfs gave them.</summary>
    private const double NewOnes = 0.45;

    private int _epochBefore = -1;
    private bool _hasTurned = true;

    /// <param name="begin">How long the record was when the workers began.</param>
    /// <param name="wanted">How many new ones are wanted. Few come from windows all over the recording, so that each operation has its share.</param>
    public IEnumerable<CrashImage> From(long begin, int wanted)
    {
        var flushes = Enumerable.Range(0, records.Count).Where(number => records[number].IsFlush && records[number].At >= begin).ToArray();
        var gaps = Enumerable.Range(0, Math.Max(0, flushes.Length - 1))
            .Select(i => new Gap(this, flushes[i] + 1, flushes[i + 1], i + 2 < flushes.Length ? records[flushes[i + 2]].At : long.MaxValue));
        var share = wanted / (flushes.Length * NewOnes);
        return gaps.Chunk(Window).Where(_ => random.Chance(share)).SelectMany(static window => window.Select(static gap => gap.Begin()).Concat(window.SelectMany(static gap => gap.Parts())));
    }

    private T[] Some<T>(IEnumerable<T> all, int most)
    {
        T[] numbers = [.. all];
        for (var i = 0; i < Math.Min(most, numbers.Length); i++)
        {
            var j = i + random.Next(numbers.Length - i);
            (numbers[i], numbers[j]) = (numbers[j], numbers[i]);
        }

        return numbers[..Math.Min(most, numbers.Length)];
    }

    /// <summary>The writes between two flushes.</summary>
    private sealed class Gap
    {
        private readonly CrashImages _all;
        private readonly int _flush;
        private readonly long _moment;
        private readonly int[] _stays;
        private readonly int[] _writes;
        private readonly int[] _turns;
        private readonly bool _isTurned;
        private readonly bool _toldMore;
        private readonly bool _toldMoreNext;
        private readonly CrashInterval _between = new();

        /// <param name="all">The recording.</param>
        /// <param name="flush">How many records are on the disk for certain.</param>
        /// <param name="end">The next flush.</param>
        /// <param name="next">When the one after that is.</param>
        public Gap(CrashImages all, int flush, int end, long next)
        {
            (_all, _flush, _moment) = (all, flush, all.Record(end).At);
            var numbers = Enumerable.Range(flush, end - flush).ToArray();

            // What was on the disk when it returned is not for the device to lose.
            _stays = [.. numbers.Where(number => all.Record(number).Stays)];
            _writes = [.. numbers.Where(number => !all.Record(number).Stays)];
            _turns = [.. _writes.Where(number => all.Record(number).Turns)];
            var epoch = all.Epoch(_moment);
            (_toldMore, _toldMoreNext) = (epoch != all._epochBefore, all.Epoch(next) != epoch);
            _isTurned = all._hasTurned || _stays.Length > 0;
            (all._epochBefore, all._hasTurned) = (epoch, numbers.Any(number => all.Record(number).Turns));
        }

        public CrashImage Begin() => Image("none", _stays, $"none{(_isTurned ? " after a commit" : "")}{(_toldMore ? ", more told" : "")}");

        public IEnumerable<CrashImage> Parts()
        {
            for (var i = 0; i < Halves && _writes.Length > 2; i++)
            {
                yield return Subset("half", [.. _writes.Where(_ => _all.Chance())]);
            }

            foreach (var torn in _all.Some(_writes.Where(number => _all.Record(number).Length > CrashImage.Sector), MostTorn))
            {
                yield return Subset("torn", [.. _writes.Where(number => number < torn || _all.Chance()), torn], torn);
            }

            // The last ones first: a commit is written after what it commits. One that is all there is, is byte for byte what the next flush begins with.
            if (_writes.Length > 1 || _toldMoreNext)
            {
                foreach (var one in _all.Some(_writes, MostAlone).Concat(_turns.TakeLast(MostTurns)).Distinct().OrderDescending())
                {
                    yield return Subset("one", [one]);
                }
            }
        }

        private CrashImage Subset(string name, int[] writes, int torn = -1)
        {
            var turns = _turns.Length == 0 ? "" : writes.Intersect(_turns).Any() ? " with a commit" : " without its commit";
            return Image(name, [.. _stays.Concat(writes).Distinct().Order()], $"{name}{turns}{(_toldMoreNext ? ", more told" : "")}", torn);
        }

        private CrashImage Image(string name, int[] writes, string kind, int torn = -1) => new(_flush, _moment, writes, torn, torn < 0 ? 0 : _all.Next(), name, _between, kind);
    }

    private DiskRecord Record(int number) => records[number];

    private int Epoch(long moment) => told.Epoch(moment);

    private bool Chance() => random.Chance(0.5);

    private ulong Next() => random.Next();
}
