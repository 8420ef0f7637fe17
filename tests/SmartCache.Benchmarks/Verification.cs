using System.Diagnostics;
using System.Security.Cryptography;
using SmartCache.Maintenance;

namespace SmartCache.Benchmarks;

/// <summary>
/// What the background verification takes of a core while it reads at its fastest, beside hashing the same bytes in one go. The first round of a process
/// compiles its code; a worker does that once in its life and verifies for days, so that the second one is shown beside it.
/// </summary>
internal static class Verification
{
    private const double Target = 0.02;
    private const int FileBytes = 8 << 20;
    private const int PieceBytes = 1 << 20;

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        Machine.Print(options.Directory);
        using var scratch = new Scratch(options.Directory);
        await using var cache = BenchCache.Open(scratch["cache"]);
        var files = options.Quick ? 8 : 24;
        for (var i = 0; i < files; i++)
        {
            var path = scratch["video.mp4"];
            var bytes = new byte[FileBytes];
            new Random(i).NextBytes(bytes);
            bytes[0] = 0;
            await File.WriteAllBytesAsync(path, bytes);
            await using var added = await cache.Sources.AddAsync(SourceKey.From(new DownloadRequest($"http://127.0.0.1/{i}", path)), path);
            File.Delete(path);
        }

        var layer = cache.SourceStore.Layer;
        var first = await RoundAsync(cache, files);
        File.Delete(Path.Combine(layer.Directory.Root, "verification.json"));
        var second = await RoundAsync(cache, files);
        var baseline = HashInOneGo(layer.Directory.Root);

        Console.WriteLine("| background verification at its fastest | bytes | seconds | MB/s | processor | of a core | hashing the same files in one go |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        Row("first round of a process, with the compiling of its code", first, baseline);
        Row("second round", second, baseline);
        Console.WriteLine();
        Console.WriteLine($"- Share of a core: target ≤ {Target:P0}. First round {Verdict(first)}, second round {Verdict(second)}. Load average at the end {Machine.Load()}.");
        return first.Share <= Target && second.Share <= Target ? 0 : 1;
    }

    private static async Task<Round> RoundAsync(CacheManager cache, int files)
    {
        // So short an interval that the pace is the fastest there is.
        var layer = cache.SourceStore.Layer;
        var pace = new VerificationPace((long)files * FileBytes, TimeSpan.FromSeconds(1), TimeProvider.System);
        var verifier = new BackgroundVerifier(layer, TimeProvider.System, layer.Logger, _ => pace);
        var processor = ProcessorClock.OfProcess();
        var started = Stopwatch.GetTimestamp();
        await verifier.RunAsync(CancellationToken.None);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return new Round((await verifier.StateAsync(CancellationToken.None))!, seconds, (ProcessorClock.OfProcess() - processor).TotalSeconds);
    }

    /// <summary>Processor seconds, in pieces of the size that the verification reads.</summary>
    private static double HashInOneGo(string root)
    {
        var buffer = new byte[PieceBytes];
        var before = ProcessorClock.OfProcess();
        foreach (var path in Directory.EnumerateFiles(root, "source.*", SearchOption.AllDirectories))
        {
            using var file = File.OpenHandle(path);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            int read;
            for (long offset = 0; (read = RandomAccess.Read(file, buffer, offset)) > 0; offset += read)
            {
                hash.AppendData(buffer, 0, read);
            }
        }

        return (ProcessorClock.OfProcess() - before).TotalSeconds;
    }

    private static void Row(string what, Round round, double baseline)
    {
        var (state, seconds, processor) = round;
        Console.WriteLine($"| {what}: {state.Entries} entries, {state.Quarantined} wrong | {state.Bytes / 1e6:F0} MB | {seconds:F1} s | {state.Bytes / 1e6 / seconds:F1} | {processor:F2} s | {round.Share:P2} | {baseline:F2} s, {processor / baseline:F1} × |");
    }

    private static string Verdict(Round round) => round.Share <= Target ? "met" : "MISSED";

    private sealed record Round(VerificationState State, double Seconds, double Processor)
    {
        public double Share => Processor / Seconds;
    }
}
