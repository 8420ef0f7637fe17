using System.Diagnostics;

namespace SmartCache.Benchmarks;

/// <summary>The tables of docs/benchmarks.md: hits, look-ups, publishing, uploads, memory.</summary>
internal static class Tables
{
    private const int LoopRounds = 2000;

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        var started = Stopwatch.GetTimestamp();
        Machine.Print(options.Directory);
        using var scratch = new Scratch(options.Directory);
        var source = TestFiles.Write(scratch["origin.mp4"], options.Quick ? 256L * TestFiles.Megabyte : 2000L * TestFiles.Megabyte, seed: 1);
        var profile = scratch["origin-profile"];
        TestFiles.WriteProfile(profile, ProfileRows.Segments, TestFiles.Megabyte, seed: 2);
        var baseline = new OriginalDesign(scratch["baseline"]);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var table = new ResultTable();
        await using (var cache = BenchCache.Open(scratch["cache"]))
        {
            table.Add("control: a CPU loop, to compare tails with", await Samples.TakeAsync(LoopRounds, Loop, warmUp: 100));
            var sources = new SourceRows(cache, baseline, scratch, options.Quick);
            source = await sources.PublishAsync(table, source);
            await sources.HitAsync(table);
            var profiles = new ProfileRows(cache, baseline, scratch, options.Quick);
            await profiles.PublishAsync(table, source, profile);
            await profiles.HitAsync(table);
            await new UploadRows(cache, baseline, scratch, options.Quick).RunAsync(table);

            sources.PrintNotes();
            profiles.PrintNotes();
            var after = GC.GetTotalMemory(forceFullCollection: true);
            Console.WriteLine($"- Managed memory that the cache holds after all this: {Math.Max(0, after - before) / 1024:N0} KiB (the target is 30 MB; `overhead` measures resident memory).");
        }

        Console.WriteLine($"- Load average at the end {Machine.Load()}; the run took {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s.");
        return table.Missed == 0 ? 0 : 1;
    }

    /// <summary>About 60 µs.</summary>
    private static Task Loop()
    {
        CpuLoop.Run(60_000);
        return Task.CompletedTask;
    }
}
