using System.Diagnostics;
using System.Globalization;
using SmartCache.Abstractions;
using SmartCache.Configuration;

namespace SmartCache.Benchmarks;

/// <summary>
/// A second process of <see cref="Contention"/>. It compiles its code, and does then what each line of its input asks for: <c>alone</c> prints for each
/// <see cref="HotRow"/> the turns of a CPU loop that takes as long as its median; <c>go SECONDS TURNS…</c> takes turns between all of them, and leaves the times in a file.
/// </summary>
internal static class ContentionWorker
{
    public const string Ready = "ready";
    private const int WarmUpRounds = 400;
    private const int AloneRounds = 2000;
    private const int CallsOfLoop = 16;
    private static readonly int[] NoTurns = new int[ContentionTimes.Rows.Count];

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        var log = new HitLog();
        var root = Path.Combine(options.Directory, "cache");
        var work = Directory.CreateDirectory(Path.Combine(options.Directory, "work-" + options.Step)).FullName;
        var files = new HotFiles(Path.Combine(options.Directory, "by-hand"), work);
        await using var cache = BenchCache.Open(root, log);
        await using var copying = BenchCache.Open(CacheSettings.ForRoot(root) with { Materialize = MaterializeMode.Copy }, log);
        var keys = new HotKeys(cache, log, work);
        var copies = new HotKeys(copying, log, work);
        await TakeAsync(copies, files, TimeSpan.FromSeconds(1), NoTurns, WarmUpRounds);
        await TakeAsync(keys, files, TimeSpan.FromSeconds(2), [.. NoTurns.Select(static _ => 1000)], WarmUpRounds);
        Console.WriteLine(Ready);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            if (words[0] == "alone")
            {
                // Nobody else has a link here, so that nothing is copied unless it has to be.
                var alone = await TakeAsync(keys, files, TimeSpan.Zero, NoTurns, AloneRounds);
                var copied = await TakeAsync(copies, files, TimeSpan.Zero, NoTurns, AloneRounds);
                Console.WriteLine(string.Join(' ', alone.Hits.Zip(copied.Hits, static (own, other) => own.Count > 0 ? own : other).Select(TurnsOf)));
                continue;
            }

            var times = await TakeAsync(keys, files, TimeSpan.FromSeconds(Number(words[1])), [.. words.Skip(2).Select(Number)], rounds: 1);
            times.Warnings = log.Warnings.Count;
            times.FirstWarning = log.Warnings.First ?? "";
            times.Write(Path.Combine(options.Directory, "times-" + options.Step));
            Console.WriteLine("done");
        }

        return 0;
    }

    private static string TurnsOf(Samples alone) => (alone.Count == 0 ? 0 : CpuLoop.TurnsOf(alone.P50)).ToString(CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>At least so many rounds and at least so long.</summary>
    private static async Task<ContentionTimes> TakeAsync(HotKeys keys, HotFiles files, TimeSpan atLeast, int[] turns, int rounds)
    {
        var times = new ContentionTimes();
        IReadOnlyList<Func<int, Task<HotRow>>> ways =
            [.. keys.Ways, key => Task.FromResult(files.Lock(key)), key => Task.FromResult(files.Link(key)), key => Task.FromResult(files.LinkAll(key))];

        // Shuffled each round: what comes right after a wait begins with a fresh time slice, and must not always be the same.
        var actions = Enumerable.Range(0, ways.Count + (2 * turns.Length) + 1).ToArray();
        var random = new Random(Environment.ProcessId);
        var began = Stopwatch.GetTimestamp();
        for (var round = 0; round < rounds || Stopwatch.GetElapsedTime(began) < atLeast; round++)
        {
            random.Shuffle(actions);
            foreach (var action in actions)
            {
                var key = random.Next();
                var started = Stopwatch.GetTimestamp();
                if (action < ways.Count)
                {
                    var row = await ways[action](key);
                    var took = Stopwatch.GetElapsedTime(started);
                    if (row == HotRow.None)
                    {
                        times.NotHits++;
                    }
                    else
                    {
                        times.Hits[(int)row].Add(took);
                    }

                    keys.CleanUp();
                    files.CleanUp();
                }
                else if (action - ways.Count is var loop && loop < turns.Length)
                {
                    CpuLoop.Run(turns[loop]);
                    times.Loops[loop].Add(Stopwatch.GetElapsedTime(started));
                }
                else if (loop < 2 * turns.Length)
                {
                    CpuLoop.RunWithCalls(turns[loop - turns.Length], CallsOfLoop);
                    times.CallingLoops[loop - turns.Length].Add(Stopwatch.GetElapsedTime(started));
                }
                else
                {
                    await Task.Run(() => CpuLoop.Run(turns[0]));
                    times.Hops.Add(Stopwatch.GetElapsedTime(started));
                }
            }
        }

        return times;
    }
}
