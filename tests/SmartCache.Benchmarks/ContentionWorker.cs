using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Benchmarks;

/// <summary>
/// A second process of <see cref="Contention"/>. It compiles its code, and does then what each line of its input asks for: <c>alone</c> prints the medians of
/// the ways to hit and the turns of a CPU loop that takes as long; <c>go SECONDS TURNS…</c> takes turns between both, and leaves the times in a file.
/// </summary>
internal static class ContentionWorker
{
    public const string Ready = "ready";
    private const int WarmUpRounds = 400;
    private const int AloneRounds = 2000;

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        var warnings = new WarningCounter();
        await using var cache = BenchCache.Open(Path.Combine(options.Directory, "cache"), warnings);
        var work = Directory.CreateDirectory(Path.Combine(options.Directory, "work-" + options.Step)).FullName;
        var keys = new HotKeys(cache, work);
        await TakeAsync(keys, TimeSpan.FromSeconds(2), [1000, 1000, 1000, 1000], WarmUpRounds);
        Console.WriteLine(Ready);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            if (words[0] == "alone")
            {
                var alone = await TakeAsync(keys, TimeSpan.Zero, [0, 0, 0, 0], AloneRounds);
                Console.WriteLine(string.Join(' ', alone.Hits.Select(static hits => CpuLoop.TurnsOf(hits.P50).ToString(CultureInfo.InvariantCulture))));
                continue;
            }

            var times = await TakeAsync(keys, TimeSpan.FromSeconds(Number(words[1])), [.. words.Skip(2).Select(Number)], rounds: 1);
            times.Warnings = warnings.Count;
            times.FirstWarning = warnings.First ?? "";
            times.Write(Path.Combine(options.Directory, "times-" + options.Step));
            Console.WriteLine("done");
        }

        return 0;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>At least so many rounds and at least so long.</summary>
    private static async Task<ContentionTimes> TakeAsync(HotKeys keys, TimeSpan atLeast, int[] turns, int rounds)
    {
        var times = new ContentionTimes(keys.Ways.Count);
        var ways = keys.Ways;

        // Shuffled each round: what comes right after a wait begins with a fresh time slice, and must not always be the same.
        var actions = Enumerable.Range(0, (2 * ways.Count) + 1).ToArray();
        var random = new Random(Environment.ProcessId);
        var began = Stopwatch.GetTimestamp();
        for (var round = 0; round < rounds || Stopwatch.GetElapsedTime(began) < atLeast; round++)
        {
            random.Shuffle(actions);
            foreach (var action in actions)
            {
                var way = action % ways.Count;
                var key = random.Next();
                var started = Stopwatch.GetTimestamp();
                if (action < ways.Count)
                {
                    var hit = await ways[way](key);
                    times.Hits[way].Add(Stopwatch.GetElapsedTime(started));
                    times.NotHits += hit ? 0 : 1;
                    keys.CleanUp();
                }
                else if (action < 2 * ways.Count)
                {
                    CpuLoop.Run(turns[way]);
                    times.Loops[way].Add(Stopwatch.GetElapsedTime(started));
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
