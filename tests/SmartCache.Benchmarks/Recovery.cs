using System.Globalization;

namespace SmartCache.Benchmarks;

/// <summary>
/// A worker publishes into a cache of 10,000 entries, uses them and cleans up, and is killed in the middle of it: what the first look-up of the next process
/// costs, and how many of the entries that were published are hits.
/// </summary>
internal static class Recovery
{
    private const int Entries = 10_000;
    private const int Rounds = 20;
    private const int QuickRounds = 3;
    private const double MayCostMore = 5;
    private const double MustBeHits = 0.999;

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        Machine.Print(options.Directory);
        using var scratch = new Scratch(options.Directory);
        var (full, empty, single) = (scratch["full"], scratch["empty"], scratch["single"]);
        foreach (var (root, count) in ((string, int)[])[(full, Entries), (single, 1)])
        {
            await using var cache = BenchCache.Open(Path.Combine(root, "cache"));
            ScaleCache.Write(cache, count);
        }

        Directory.CreateDirectory(empty);
        StepProcess.Number("recovery-step", "first-missing", empty);
        var (missing, missingInEmpty, hit, hitInSingle) = (new Samples(), new Samples(), new Samples(), new Samples());
        double asked = 0, hits = 0, leastShare = 1;
        var random = new Random(1);
        for (var round = 0; round < (options.Quick ? QuickRounds : Rounds); round++)
        {
            await KillAsync(full, round, TimeSpan.FromMilliseconds(100 + random.Next(900)));
            for (var turn = 0; turn < 2; turn++)
            {
                // By turns and in turned order, so that a busy moment of the machine meets all; before anything cleans up behind the dead worker.
                var steps = ((Samples, string, string)[])
                    [(missing, "first-missing", full), (missingInEmpty, "first-missing", empty), (hit, "first", full), (hitInSingle, "first", single)];
                foreach (var (samples, step, directory) in turn == 0 ? steps : steps.AsEnumerable().Reverse())
                {
                    samples.Add(TimeSpan.FromMilliseconds(StepProcess.Number("recovery-step", step, directory)));
                }
            }

            var published = Entries + File.ReadAllLines(RecoveryStep.LedgerOf(full)).Length;
            var found = StepProcess.Number("recovery-step", "count", full, Entries);
            asked += published;
            hits += found;
            leastShare = Math.Min(leastShare, found / published);
        }

        Console.WriteLine("| first look-up of a process, medians | after a kill | without one | more | target |");
        Console.WriteLine("|---|---:|---:|---:|---|");
        var met = Row("not cached: 10,000 entries, against an empty cache", missing, missingInEmpty) & Row("a hit: 10,000 entries, against a cache of one", hit, hitInSingle);
        var enough = leastShare >= MustBeHits;
        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"- {missing.Count / 2} kills. Looked up {asked:N0} published entries, {hits:N0} hits; least of a round {leastShare:P3}, target {MustBeHits:P1}: {(enough ? "met" : "MISSED")}."));
        Console.WriteLine($"- Load average at the end {Machine.Load()}.");
        return met && enough ? 0 : 1;
    }

    private static bool Row(string what, Samples full, Samples other)
    {
        var more = (full.P50 - other.P50).TotalMilliseconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} ({full.Count} each) | {ResultTable.Text(full.P50)} | {ResultTable.Text(other.P50)} | {more:F1} ms | ≤ {MayCostMore} ms {(more <= MayCostMore ? "met" : "MISSED")} |"));
        return more <= MayCostMore;
    }

    private static async Task KillAsync(string directory, int round, TimeSpan after)
    {
        using var worker = StepProcess.Start("recovery-step", "work", directory, round + 1);
        try
        {
            if (await worker.StandardOutput.ReadLineAsync() is null)
            {
                throw new InvalidOperationException("The worker did not get to work.");
            }

            await Task.Delay(after);
            if (worker.HasExited)
            {
                throw new InvalidOperationException("The worker ended before it was killed.");
            }
        }
        finally
        {
            worker.Kill();
            await worker.WaitForExitAsync();
        }
    }
}
