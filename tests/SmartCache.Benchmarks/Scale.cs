using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Eviction;
using SmartCache.Layers;
using SmartCache.Storage.Platform;

namespace SmartCache.Benchmarks;

/// <summary>What a cache of very many entries costs: choosing victims, look-ups beside that, memory, the start of a process.</summary>
internal static class Scale
{
    private const int Judged = 10_000;
    private const int Most = 200_000;

    /// <summary>A source and a profile.</summary>
    private const int Fewest = 2;
    private const int Rounds = 9;
    private const int Starts = 21;
    private const int StartsOfMany = 3;
    private const int Victims = 100;
    private const int FewestLookUps = 20_000;
    private static readonly string[] Policies = ["LRU", "FIFO", "SIZE", "COST"];

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        Machine.Print(options.Directory);
        Console.WriteLine("| entries | what | measured | target |");
        Console.WriteLine("|---:|---|---:|---|");
        var missed = 0;
        foreach (var entries in options.Entries is { } asked ? [asked] : (int[])[Judged, 10 * Judged, Most])
        {
            missed += await MeasureAsync(options, entries);
        }

        Console.WriteLine();
        Console.WriteLine($"Load average at the end {Machine.Load()}.");
        return missed == 0 ? 0 : 1;
    }

    private static async Task<int> MeasureAsync(BenchmarkOptions options, int entries)
    {
        using var scratch = new Scratch(options.Directory);
        var (missed, met) = (0, 0);
        var (full, small) = (scratch["full"], scratch["small"]);
        foreach (var (root, count) in ((string, int)[])[(full, entries), (small, Fewest)])
        {
            await using var cache = BenchCache.Open(root);
            ScaleCache.Write(cache, count);
        }

        // Nothing of this writes metadata.json; the first clean-up does.
        var withoutSnapshot = Median(Enumerable.Range(0, 3).Select(_ => Step("index", full, entries)));
        await using (var cache = BenchCache.Open(full))
        {
            await cache.CleanupAsync();
            foreach (var policy in Policies)
            {
                Row($"plan and the first {Victims} victims, {policy}", PlanTime(cache, policy), "s", 0.2);
            }

            Row("a pass: look at every entry and choose, LRU", await PassTimeAsync(cache), "s", 0.2);
            await LookUpsAsync(cache, full, Math.Max(FewestLookUps, 2 * entries), (what, value, unit, target) => Row(what, value, unit, target));
        }

        FirstLookUp("first", "first look-up of a process");
        FirstLookUp("first-busy", "the same beside the process's first clean-up");
        Row("index of a new process with metadata.json", Median(Enumerable.Range(0, 3).Select(_ => Step("index", full, entries))) / 1000, "s", 1);
        Row("index of a new process without it", withoutSnapshot / 1000, "s", 1);
        Row("managed memory per entry", Step("memory", full, entries), "bytes", 300, Most);
        Row("clean-up of a new process, of processor time", Step("cleanup", full, entries), "s", 60, Most);
        foreach (var (step, what) in ((string, string)[])[("hit", "a hit"), ("miss", "a miss"), ("profile-hit", "a hit of a profile"), ("profile-miss", "a miss of a profile"), ("first", "the first look-up of a process")])
        {
            var pairs = Enumerable.Range(0, StartsOfMany).Select(_ => (Full: Step(step, full, entries), Small: Step(step, small, Fewest))).ToList();
            Row($"{what}, against that in a cache of two entries", Median(pairs.Select(static pair => pair.Full)) / Median(pairs.Select(static pair => pair.Small)), "times", 2, Most);
        }

        Console.WriteLine($"| {entries.ToString("N0", CultureInfo.InvariantCulture)} | **total** | {met} of {met + missed} targets met | |");
        return missed;

        void FirstLookUp(string step, string what)
        {
            // By turns, so that a busy moment of the machine meets both; the starts of one cache differ by more than what is looked for.
            var pairs = Enumerable.Range(0, entries > Judged ? StartsOfMany : Starts).Select(_ => (Full: Step(step, full, entries), Small: Step(step, small, Fewest))).ToList();
            Row($"{what}, more than the {Number(Median(pairs.Select(static pair => pair.Small)))} ms in a cache of two entries", Median(pairs.Select(static pair => pair.Full - pair.Small)), "ms", 5);
        }

        // What holds for ten thousand entries is judged there, and what has to hold for very many also with them.
        void Row(string what, double value, string unit, double? target, int judgedUpTo = Judged)
        {
            var judged = entries <= judgedUpTo && target is not null;
            var isMet = value <= target;
            missed += judged && !isMet ? 1 : 0;
            met += judged && isMet ? 1 : 0;
            Console.WriteLine($"| {entries.ToString("N0", CultureInfo.InvariantCulture)} | {what} | {Number(value)} {unit} | {(judged ? $"≤ {Number(target!.Value)} {(isMet ? "met" : "MISSED")}" : "")} |");
        }
    }

    /// <summary>Seconds to order all entries and take the first victims, as a median.</summary>
    private static double PlanTime(CacheManager cache, string policyName)
    {
        new EvictionPolicyCatalog([]).TryFind(policyName, out var policy);
        var advisor = new EvictionAdvisor(policy!, JobProtection.Default, NullLogger.Instance);
        var candidates = Candidates(cache);
        return Median(Enumerable.Range(0, Rounds).Select(_ => Choose(advisor, candidates)).Skip(1));
    }

    private static double Choose(EvictionAdvisor advisor, EvictionCandidate[] candidates)
    {
        var started = Stopwatch.GetTimestamp();
        var plan = advisor.Plan(candidates, DateTimeOffset.UtcNow);
        for (var i = 0; i < Victims && plan.TryNext(out _, out _); i++)
        {
        }

        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Seconds of the evictor's own count, which lists, stats and sums up, and then of choosing.</summary>
    private static async Task<double> PassTimeAsync(CacheManager cache)
    {
        new EvictionPolicyCatalog([]).TryFind("LRU", out var policy);
        var advisor = new EvictionAdvisor(policy!, JobProtection.Default, NullLogger.Instance);
        var candidates = Candidates(cache);
        var times = new List<double>();
        for (var i = 0; i < Rounds; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await cache.Cleaner.RelieveAsync(CancellationToken.None);
            times.Add(Stopwatch.GetElapsedTime(started).TotalSeconds + Choose(advisor, candidates));
        }

        return Median(times.Skip(1));
    }

    private static EvictionCandidate[] Candidates(CacheManager cache)
    {
        var now = DateTimeOffset.UtcNow;
        return [.. Of(cache.SourceStore.Layer, EntryKind.Source), .. Of(cache.ProfileStore.Layer, EntryKind.Profile)];

        IEnumerable<EvictionCandidate> Of(EntryLayer layer, EntryKind kind) => layer.Index.Read(now, OperationPulse.Unwatched(CancellationToken.None)).Select(entry =>
            new EvictionCandidate { Key = entry.Name, Kind = kind, Size = entry.Bytes, CostSeconds = entry.CostSeconds, Created = entry.Created, LastAccess = entry.LastAccess });
    }

    /// <summary>Look-ups of this process, first alone and then while another process does one pass after the other.</summary>
    private static async Task LookUpsAsync(CacheManager cache, string full, int count, Action<string, double, string, double?> row)
    {
        await LookUpAsync(cache, FewestLookUps);
        var alone = await LookUpAsync(cache, FewestLookUps);
        using var other = StepProcess.Start("scale-step", "passes", full);
        await other.StandardOutput.ReadLineAsync();
        var beside = await LookUpAsync(cache, count);
        other.StandardInput.Close();
        var passes = await other.StandardOutput.ReadToEndAsync();
        await other.WaitForExitAsync();
        row($"median of a look-up, against {Number(alone.P50.TotalMicroseconds)} µs alone, beside {passes.Trim()} passes of another process", beside.P50.TotalMicroseconds / alone.P50.TotalMicroseconds, "times", 1.2);
    }

    private static Task<Samples> LookUpAsync(CacheManager cache, int count)
    {
        var next = 0;
        return Samples.TakeAsync(count, async () => await (await cache.Sources.TryGetAsync(ScaleCache.Key(next++ % 200)))!.DisposeAsync(), warmUp: 300);
    }

    private static double Step(string step, string directory, int entries) => StepProcess.Number("scale-step", step, directory, entries);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static string Number(double value) => value.ToString(value < 10 ? "F3" : "N0", CultureInfo.InvariantCulture);
}
