using System.Diagnostics;
using System.Security.Cryptography;
using SmartCache.Maintenance;

namespace SmartCache.Benchmarks;

/// <summary>What the background verification takes of a core while it reads at its fastest, beside hashing the same bytes in one go.</summary>
internal static class Verification
{
    private const int FileBytes = 8 << 20;

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
            if (i == 2)
            {
                // Compiles the code: a worker does that once in its life, and verifies for days.
                await new BackgroundVerifier(cache.SourceStore.Layer, TimeProvider.System, cache.SourceStore.Layer.Logger).RunAsync(CancellationToken.None);
                File.Delete(Path.Combine(cache.SourceStore.Layer.Directory.Root, "verification.json"));
            }
        }

        // So short an interval that the pace is the fastest there is.
        var layer = cache.SourceStore.Layer;
        var pace = new VerificationPace((long)files * FileBytes, TimeSpan.FromSeconds(1), TimeProvider.System);
        var verifier = new BackgroundVerifier(layer, TimeProvider.System, layer.Logger, _ => pace);
        var processor = ProcessorClock.OfProcess();
        var started = Stopwatch.GetTimestamp();
        await verifier.RunAsync(CancellationToken.None);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var taken = (ProcessorClock.OfProcess() - processor).TotalSeconds;
        var state = await verifier.StateAsync(CancellationToken.None);

        var before = ProcessorClock.OfProcess();
        foreach (var path in Directory.EnumerateFiles(layer.Directory.Root, "source.*", SearchOption.AllDirectories))
        {
            await using var file = File.OpenRead(path);
            await SHA256.HashDataAsync(file);
        }

        var baseline = (ProcessorClock.OfProcess() - before).TotalSeconds;
        var share = taken / seconds;
        Console.WriteLine("| background verification at its fastest | bytes | seconds | MB/s | processor | of a core | hashing the same files in one go |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        Console.WriteLine($"| {state!.Entries} entries, {state.Quarantined} wrong | {state.Bytes / 1e6:F0} MB | {seconds:F1} s | {state.Bytes / 1e6 / seconds:F1} | {taken:F2} s | {share:P2} | {baseline:F2} s, {taken / baseline:F1} × |");
        Console.WriteLine();
        Console.WriteLine($"- Share of a core: target ≤ 2 %, {(share <= 0.02 ? "met" : "MISSED")}. Load average at the end {Machine.Load()}.");
        return share <= 0.02 ? 0 : 1;
    }
}
