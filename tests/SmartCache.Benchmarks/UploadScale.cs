using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using SmartCache.Uploads;

namespace SmartCache.Benchmarks;

/// <summary>What an upload of few files costs where very many confirmations lie, and what very many jobs cost a clean-up.</summary>
internal static class UploadScale
{
    private const int FilesOfTree = 200;
    private const int Days = 7;
    private const int Rounds = 15;
    private const int LinesAtOnce = 1000;

    /// <summary>Of a session's files, how many are confirmed already. All first, so that they are known afterwards.</summary>
    private static readonly int[] _known = [FilesOfTree, FilesOfTree / 2, 0];
    private static readonly UploadTarget Target = new("node", "v1");

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        var (confirmations, jobs) = options.Quick ? (50_000, 5_000) : (1_000_000, 100_000);
        Machine.Print(options.Directory);
        Console.WriteLine($"A session of {FilesOfTree} files: opened with all, half or none of them confirmed, the others recorded, closed. Median of {Rounds}, by turns.");
        Console.WriteLine();
        Console.WriteLine("| confirmations in the target | parts | bytes | confirmed before | processor ms | wall ms | target |");
        Console.WriteLine("|---:|---:|---:|---:|---:|---:|---|");
        using var scratch = new Scratch(options.Directory);
        List<(string Root, int Confirmations, string Where)> kinds = [(scratch["none"], 0, ""), (scratch["today"], confirmations, " of one day"), (scratch["days"], confirmations, $" of {Days} days")];
        foreach (var (root, count, where) in kinds)
        {
            await using var cache = BenchCache.Open(root);
            await FillAsync(cache, count, where.Contains("days", StringComparison.Ordinal) ? Days : 1);
        }

        var times = kinds.SelectMany(static kind => _known.Select(known => (kind.Root, known))).ToDictionary(static row => row, static _ => new List<(double Processor, double Wall)>());
        for (var round = 0; round <= Rounds; round++)
        {
            foreach (var known in _known)
            {
                foreach (var (root, _, _) in kinds)
                {
                    await using var cache = BenchCache.Open(root);
                    var took = await UploadAsync(cache, scratch[$"tree-{known}-{round}"], known, round);
                    if (round > 0)
                    {
                        times[(root, known)].Add(took);
                    }
                }
            }
        }

        var missed = 0;
        foreach (var (root, count, where) in kinds)
        {
            var parts = Directory.GetFiles(Path.Combine(root, "uploads", "targets"), "*.journal", SearchOption.AllDirectories);
            foreach (var known in _known)
            {
                var without = Median(times[(kinds[0].Root, known)].Select(static took => took.Processor));
                var processor = Median(times[(root, known)].Select(static took => took.Processor));
                var isMissed = processor > Math.Max(2 * without, without + 10);
                missed += isMissed ? 1 : 0;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {count:n0}{where} | {parts.Length} | {parts.Sum(static path => new FileInfo(path).Length):n0} | {known} of {FilesOfTree} | {processor:f1} | {Median(times[(root, known)].Select(static took => took.Wall)):f1} | {(count == 0 ? "" : isMissed ? "missed: " : "met: ")}{(count == 0 ? "" : "at most twice its row without, or 10 ms more")} |"));
            }
        }

        Console.WriteLine();
        missed += await JobsAsync(scratch["jobs"], jobs);
        Console.WriteLine($"Load average at the end {Machine.Load()}.");
        return missed == 0 ? 0 : 1;
    }

    private static async Task FillAsync(CacheManager cache, int count, int days)
    {
        await using (await cache.Uploads.OpenAsync(new UploadRequest("first", Directory.CreateTempSubdirectory("smartcache-bench-").FullName)))
        {
            // Makes the directories.
        }

        var store = cache.UploadStore;
        var pulse = Storage.Platform.OperationPulse.Unwatched(CancellationToken.None);
        var nobody = new ConfirmedContent(new HashSet<ContentKey>());
        var began = ProcessorClock.OfProcess();
        for (var day = 0; day < days; day++)
        {
            var now = DateTimeOffset.UtcNow.AddDays(day - days + 1);
            using var journal = new TargetJournal(store.Layer, TargetName.Of(Target).Short, TargetName.Of(Target).Key, new FixedClock(now));
            for (var line = 0; line < count / days; line += LinesAtOnce)
            {
                var lines = Enumerable.Range(0, LinesAtOnce).SelectMany(_ =>
                    new JournalRecord(JournalKind.File, ContentKey.FromBytes(RandomNumberGenerator.GetBytes(32)), now.ToUnixTimeSeconds()) { Cid = "bafkreie" + Guid.NewGuid().ToString("N"), Length = 1_000_000, At = default(JournalPosition) }.ToLine()).ToArray();
                journal.Append(lines, JournalRecord.HeaderOf(Target, now.ToUnixTimeSeconds()), pulse, nobody);
            }
        }

        var filled = ProcessorClock.OfProcess();
        store.Cleanup(pulse, DateTimeOffset.UtcNow);
        if (count > 0)
        {
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count:n0} confirmations written in {(filled - began).TotalSeconds:f1} s of processor, sorted in {(ProcessorClock.OfProcess() - filled).TotalSeconds:f1} s."));
        }
    }

    private static async Task<(double Processor, double Wall)> UploadAsync(CacheManager cache, string tree, int known, int round)
    {
        if (!Directory.Exists(tree))
        {
            Directory.CreateDirectory(tree);
            for (var i = 0; i < FilesOfTree; i++)
            {
                await File.WriteAllTextAsync(Path.Combine(tree, $"{i:d3}.ts"), i < known ? $"known {i}" : $"new {i} {known} {round}");
            }
        }

        var (processor, watch) = (ProcessorClock.OfProcess(), Stopwatch.StartNew());
        await using (var session = await cache.Uploads.OpenAsync(new UploadRequest("job", tree) { Target = Target }))
        {
            var checkpoint = session.For(Target);
            foreach (var file in session.Files)
            {
                if (!checkpoint.TryGetCid(file, out _))
                {
                    await checkpoint.RecordFileAsync(file, "bafk" + file.Sha256[..30]);
                }
            }
        }

        return ((ProcessorClock.OfProcess() - processor).TotalMilliseconds, watch.Elapsed.TotalMilliseconds);
    }

    private static async Task<int> JobsAsync(string root, int jobs)
    {
        await using var cache = BenchCache.Open(root);
        for (var job = 0; job < jobs; job++)
        {
            var id = $"job-{job}";
            await cache.Jobs.AttemptStartedAsync(id, new Dictionary<string, ProfileUploadState> { ["720p"] = new() { TotalFiles = 200 } }, CancellationToken.None);
            if (job % 10 > 0)
            {
                await cache.Jobs.CompletedAsync(id, "bafyroot", new Dictionary<string, ProfileUploadState>(), CancellationToken.None);
            }
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        var processor = ProcessorClock.OfProcess();
        var allocated = GC.GetTotalAllocatedBytes();
        await cache.CleanupAsync();
        var took = (ProcessorClock.OfProcess() - processor).TotalSeconds;
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"A clean-up beside {jobs:n0} job files, a tenth of them unfinished: {took:f1} s of processor (at most 60), {kept >> 20:n0} MiB kept, {allocated >> 20:n0} MiB allocated meanwhile, peak of the process {Process.GetCurrentProcess().PeakWorkingSet64 >> 20:n0} MiB."));
        return took <= 60 ? 0 : 1;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
