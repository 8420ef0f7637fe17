using System.Globalization;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture;

/// <summary>The verb <c>worker</c>: says that it is ready, goes when it is told to, stops when it is told to, and never outlives its parent.</summary>
internal static class WorkerVerb
{
    public static async Task<int> RunAsync(string number, TortureOptions options)
    {
        await WarmUpAsync(new RunPaths(Path.Combine(options.Directory, "warm-up", number)), options);
        await using var loop = new WorkerLoop(options.Paths, options, int.Parse(number, CultureInfo.InvariantCulture));
        Console.Out.WriteLine("ready");
        Console.Out.Flush();
        if (Console.In.ReadLine() != "go")
        {
            return 0;
        }

        using var stop = new CancellationTokenSource();
        var listener = new Thread(() =>
        {
            if (Console.In.ReadLine() is null)
            {
                Environment.Exit(3); // the parent is gone
            }

            stop.Cancel();
        }) { IsBackground = true };
        listener.Start();
        await loop.RunAsync(stop.Token);
        return 0;
    }

    // Half a second of a young process goes into compiling; it should be killed at work, not at that.
    private static async Task WarmUpAsync(RunPaths paths, TortureOptions options)
    {
        paths.Make();
        await using (var loop = new WorkerLoop(paths, options, 0))
        {
            await loop.WarmUpAsync();
        }

        Directory.Delete(paths.Root, recursive: true);
    }
}
