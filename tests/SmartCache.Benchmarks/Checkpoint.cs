using System.Diagnostics;
using System.Globalization;
using SmartCache.Stages;

namespace SmartCache.Benchmarks;

/// <summary>
/// What the upload state costs an upload of many small files: how long the uploader waits for each record, added up, as a share of what its lanes had; what
/// lies around the upload; and the processor time of the same records made once more, one after the other, with nothing else going on.
/// </summary>
internal static class Checkpoint
{
    private const int FileBytes = 10_000;
    private const int Directories = 8;
    private const double Target = 0.02;

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        Machine.Print(options.Directory);
        using var stub = options.Node is null ? new StubNode() : null;
        using var scratch = new Scratch(options.Directory);
        var settings = new KuboOptions { Concurrency = options.AtOnce };
        settings.Endpoints.Add(new KuboEndpoint(options.Node ?? stub!.Endpoint, "node"));
        using var kubo = new KuboUploader(settings);
        await using var cache = BenchCache.Open(scratch["cache"]);
        Console.WriteLine($"{options.Files} files of {FileBytes} bytes, {options.AtOnce} at a time, to {(options.Node is null ? "a server that only answers" : "the node")}");
        Console.WriteLine();
        Console.WriteLine("| upload | of it the adds | waiting for records, per file | share of the adds | looking for records | opening (with hashing) | completing | all of it, share of the upload | processor of the records, per file | share of the upload |");
        Console.WriteLine("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        var worst = 0.0;
        for (var round = options.Quick ? 1 : 0; round <= (options.Quick ? 1 : 3); round++)
        {
            worst = Math.Max(worst, await RoundAsync(options, kubo, cache, scratch, round));
        }

        Console.WriteLine();
        Console.WriteLine($"- Waiting for records: target ≤ {Target:P0}, {(worst <= Target ? "met" : "MISSED")}. Load average at the end {Machine.Load()}.");
        return worst <= Target ? 0 : 1;
    }

    /// <summary>Round 0 warms up with fewer files and is not shown.</summary>
    private static async Task<double> RoundAsync(BenchmarkOptions options, KuboUploader kubo, CacheManager cache, Scratch scratch, int round)
    {
        var files = round == 0 ? Math.Min(1000, options.Files) : options.Files;
        var tree = WriteTree(scratch["tree"], files, round);
        var timed = new TimedUploader(kubo);
        var began = Stopwatch.GetTimestamp();
        var phases = new AddsClock(began);
        var result = await new ResumingIpfsUploader(timed, cache).UploadAsync(new UploadRequest(string.Create(CultureInfo.InvariantCulture, $"job-{round}"), tree), phases);
        var ended = Stopwatch.GetTimestamp();
        if (result.FilesSent != files || !result.Verified)
        {
            throw new InvalidOperationException("Not a whole upload that was verified.");
        }

        var processor = await ReplayAsync(cache, tree, timed);
        Directory.Delete(tree, recursive: true);
        if (round == 0)
        {
            return 0;
        }

        var whole = Stopwatch.GetElapsedTime(began, ended);
        var opening = Stopwatch.GetElapsedTime(began, timed.Began);
        var completing = Stopwatch.GetElapsedTime(timed.Ended, ended);
        var adds = phases.Adds - opening - timed.Asking;
        var waiting = timed.Recording / options.AtOnce;
        var share = waiting / adds;
        Console.WriteLine(
            $"| {whole.TotalSeconds:F2} s | {adds.TotalSeconds:F2} s | {timed.Recording.TotalMicroseconds / files:F1} µs | {share:P2} | {timed.Asking.TotalMilliseconds:F0} ms | {opening.TotalMilliseconds:F0} ms "
            + $"| {completing.TotalMilliseconds:F0} ms | {(waiting + timed.Asking + opening + completing) / whole:P2} | {processor.TotalMicroseconds / files:F1} µs | {processor / whole:P2} |");
        return share;
    }

    private static async Task<TimeSpan> ReplayAsync(CacheManager cache, string tree, TimedUploader timed)
    {
        var target = new UploadTarget("replay", "cid-version=1");
        await using var session = await cache.Uploads.OpenAsync(new UploadRequest("replay", tree) { Target = target });
        var checkpoint = session.For(target);
        var before = ProcessorClock.OfProcess();
        foreach (var (file, cid) in timed.Recorded)
        {
            await checkpoint.RecordFileAsync(file, cid);
        }

        return ProcessorClock.OfProcess() - before;
    }

    private static string WriteTree(string root, int files, int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[FileBytes];
        for (var i = 0; i < files; i++)
        {
            random.NextBytes(bytes);
            var directory = Directory.CreateDirectory(Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"{i % Directories}"))).FullName;
            File.WriteAllBytes(Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"seg_{i:D5}.ts")), bytes);
        }

        return root;
    }

    private sealed class AddsClock(long began) : IProgress<StageProgress>
    {
        public TimeSpan Adds { get; private set; }

        public void Report(StageProgress value)
        {
            if (value.Phase == "verify" && Adds == TimeSpan.Zero)
            {
                Adds = Stopwatch.GetElapsedTime(began);
            }
        }
    }
}
