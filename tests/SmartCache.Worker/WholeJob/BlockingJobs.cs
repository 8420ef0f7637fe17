using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace SmartCache.Worker.WholeJob;

/// <summary>
/// Jobs at once whose stages block the thread that they were called on, until every thread of the pool stands in one. Then a thread that is none of the pool's
/// lets them go on. Prints how the jobs ended, and what is held afterwards.
/// </summary>
internal static class BlockingJobs
{
    private const int Sources = 50;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly string[] Stages = ["download", "encode", "upload"];

    public static async Task<int> RunAsync(string root, string work, int jobs)
    {
        ThreadPool.GetMaxThreads(out var threads, out _);
        var gates = Stages.ToDictionary(static stage => stage, static _ => new Gate());
        var stages = new WorkerStages(Path.Combine(work, "node")) { NodeOf = static request => "node of " + request.JobId };
        var isRoot = root != JobProcess.WithoutCache;
        using var log = new WarningIds();
        using var host = JobProcess.Build(stages, log, isRoot ? root : null, static _ => { }, static _ => { }, new KeyValuePair<string, string?>("Cache:MaxSize", "1GB"));
        await JobProcess.LookAsync(host.Services);

        // One job first: what a process has from then on is no job's.
        var warm = await JobAttempt.RunAsync(host.Services, stages, "-", new AttemptPlan(Path.Combine(work, "warm")) { Source = "http://example.test/warm" }, 0, () => log.Said);
        IReadOnlyList<string> held = isRoot ? Held.All(root) : [];
        var threadsOfNoPool = ThreadsOfNoPool();
        stages.During = stage => gates[stage].Pass();

        var ended = new ConcurrentBag<string> { warm.Ending };
        var files = new SortedDictionary<string, string>[jobs];
        var opener = new Thread(() =>
        {
            foreach (var (stage, gate) in gates)
            {
                ended.Add($"{stage}: {gate.OpenWhenFull(threads)}");
            }
        });
        opener.Start();
        await Task.WhenAll(Enumerable.Range(0, jobs).Select(number => Task.Run(async () =>
        {
            var plan = new AttemptPlan(Path.Combine(work, number.ToString(CultureInfo.InvariantCulture)))
            {
                JobId = string.Create(CultureInfo.InvariantCulture, $"job-{number}"),
                Source = string.Create(CultureInfo.InvariantCulture, $"http://example.test/{number % Sources}"),
                WaitsForSaves = false,
            };
            var seen = await JobAttempt.RunAsync(host.Services, stages, "-", plan, 1, () => log.Said);
            ended.Add(seen.Ending);
            files[number] = seen.Files;
        })));
        opener.Join();
        foreach (var ending in ended.GroupBy(static ending => ending).OrderBy(static group => group.Key, StringComparer.Ordinal))
        {
            Console.Out.WriteLine($"{ending.Key} {ending.Count()}");
        }

        Console.Out.WriteLine($"bytes {WorkerStages.Hash(JsonSerializer.SerializeToUtf8Bytes(files))}");
        if (isRoot)
        {
            await ((ICacheManager)host.Services.GetService(typeof(ICacheManager))!).FlushAsync();
            Console.Out.WriteLine(SpinWait.SpinUntil(() => !Held.All(root).Except(held).Any(), Limit) ? "nothing is held" : string.Join(' ', Held.All(root).Except(held)));
            Console.Out.WriteLine($"{Held.ReservedBytes(root)} bytes are reserved");
            Console.Out.WriteLine($"said: {string.Join(", ", log.Said)}");
        }

        Console.Out.WriteLine(SpinWait.SpinUntil(() => BusyThreads() <= 1, Limit) ? "no thread of the pool is held" : $"{BusyThreads()} threads of the pool are busy");
        Console.Out.WriteLine(SpinWait.SpinUntil(() => ThreadsOfNoPool() <= threadsOfNoPool, Limit) ? "nor any other" : $"{ThreadsOfNoPool() - threadsOfNoPool} further threads");
        return 0;
    }

    // This one is among them.
    private static int BusyThreads()
    {
        ThreadPool.GetMaxThreads(out var most, out _);
        ThreadPool.GetAvailableThreads(out var free, out _);
        return most - free;
    }

    // What the runtime has beside the pool, its timers, its compilers and its collector, comes and goes as it likes, and has names of its own.
    private static int ThreadsOfNoPool() => Directory.GetDirectories("/proc/self/task").Select(NameOf).Count(static name => name is "dotnet" or ".NET Long Runni");

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).TrimEnd();
        }
        catch (Exception ended) when (ended is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>Where the stages of one kind stand.</summary>
    [SuppressMessage("Design", "CA1001", Justification = "Lives as long as the process.")]
    private sealed class Gate
    {
        private readonly SemaphoreSlim _arrived = new(0);
        private readonly ManualResetEventSlim _open = new();

        public void Pass()
        {
            _arrived.Release();
            _open.Wait();
        }

        public string OpenWhenFull(int threads)
        {
            var full = Enumerable.Range(0, threads).All(_ => _arrived.Wait(Limit));
            _open.Set();
            return full ? "all threads stood in it" : "not all threads came";
        }
    }
}
