using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Storage.Platform;
using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.History;
using SmartCache.Layers;

namespace SmartCache.Benchmarks;

/// <summary>
/// Processor time of an event of the history: on the path of whoever records it, and in the background. Many at once are what a burst of hits makes, ten are a job's
/// stage with what it stores, one is the worst case: a write for each. The files never take more than the bound.
/// </summary>
internal static class HistoryCost
{
    private const double Target = 20;
    private const int Many = 2_000;
    private const int WarmUp = 20_000;

    // With fewer, the runtime's compiling of its code is most of what is measured.
    private const int Singles = 500_000;

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        Machine.Print(options.Directory);
        Console.WriteLine("| history | events | on the path | in the background | largest |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        var all = options.Quick ? 200_000 : 10_000_000;
        var many = await RowAsync(options, $"{Many} at once", all, Many);
        var ten = await RowAsync(options, "10 at once, as a stage makes them", all / 100, 10);
        var one = await RowAsync(options, "1 at once", Singles, 1);
        Console.WriteLine();
        Console.WriteLine($"- In the background: target ≤ {Target:F0} µs an event. Many at once {Verdict(many)}, ten {Verdict(ten)}, one {Verdict(one)}. Load average at the end {Machine.Load()}.");
        return many <= Target && ten <= Target && one <= Target ? 0 : 1;
    }

    private static async Task<double> RowAsync(BenchmarkOptions options, string what, int events, int atOnce)
    {
        using var scratch = new Scratch(options.Directory);
        var settings = CacheSettings.ForRoot(scratch["cache"]);
        await using var cache = BenchCache.Open(settings, NullLogger.Instance);
        var layer = cache.SourceStore.Layer;
        for (var done = 0; done < WarmUp; done += atOnce)
        {
            // In the row's own form: what is compiled, and compiled again because it runs often, is so before the measuring.
            await RecordAsync(cache, layer, done, atOnce);
        }

        var (path, largest) = (TimeSpan.Zero, 0L);
        var before = ProcessorClock.OfProcess();
        for (var done = 0; done < events; done += atOnce)
        {
            path += await RecordAsync(cache, layer, done, atOnce);
            if (done % (Many * 50) == 0)
            {
                largest = Math.Max(largest, Used(settings));
            }
        }

        largest = Math.Max(largest, Used(settings));
        var background = (ProcessorClock.OfProcess() - before - path).TotalMicroseconds / events;
        Console.WriteLine($"| {what} | {events:N0} | {path.TotalMicroseconds / events:F2} µs | {background:F2} µs | {largest / 1e6:F2} MB of {settings.History / 1e6:F0} MB |");
        return largest <= settings.History ? background : throw new InvalidOperationException("The bound does not hold.");
    }

    private static async Task<TimeSpan> RecordAsync(CacheManager cache, LayerAccess layer, int first, int count)
    {
        var before = ProcessorClock.OfThread();
        for (var i = first; i < first + count; i++)
        {
            layer.Record(
                new HistoryEvent(HistoryEventKind.Requested)
                {
                    Layer = "profiles", Outcome = CacheOutcome.Miss, Reason = CacheReason.NoLongerCached, Duration = TimeSpan.FromSeconds(612), Cost = TimeSpan.FromSeconds(611), Bytes = i,
                },
                new Subject("job-1", "720p", "f3eb6e3e2099117635ef118b64fa7440_ac5d57db191329d9f58549199b5ba0c5"));
        }

        var path = ProcessorClock.OfThread() - before;
        await cache.FlushAsync();
        return path;
    }

    private static long Used(CacheSettings settings) => HistoryFiles.In(FileSystem.Current, Path.Combine(settings.Root, HistoryRecorder.Folder)).Sum(static file => file.Length);

    private static string Verdict(double microseconds) => microseconds <= Target ? "met" : "MISSED";
}
