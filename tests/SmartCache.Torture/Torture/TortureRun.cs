using System.Diagnostics;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture;

/// <summary>
/// The verb <c>torture</c>: workers on one cache directory, killed with SIGKILL at moments that the seed says and replaced at once; then the audit.
/// Leaves the directory as evidence where something is wrong.
/// </summary>
internal sealed class TortureRun(TortureOptions options) : IDisposable
{
    private const int Spares = 2;

    private readonly RunPaths _paths = options.Paths;
    private readonly Content _content = new(options.Seed, options.MaxSize);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly SemaphoreSlim _starting = new(Spares);
    private int _kills;
    private int _number;
    private int _stoppedBadly;

    public static async Task<int> RunAsync(TortureOptions options)
    {
        if (Directory.Exists(options.Directory) && Directory.EnumerateFileSystemEntries(options.Directory).Any())
        {
            Console.Error.WriteLine($"{options.Directory} is not empty.");
            return 2;
        }

        try
        {
            Directory.CreateDirectory(options.Directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"--dir: {exception.Message}");
            return 2;
        }

        int exitCode;
        using (Medium.Mount(options.Medium, options.Directory))
        {
            using var run = new TortureRun(options);
            exitCode = await run.RunAsync();
        }

        if (exitCode == 0)
        {
            Directory.Delete(options.Directory, recursive: true);
        }

        return exitCode;
    }

    public void Dispose() => _starting.Dispose();

    // On whole-second stamps the cache holds each file back for two seconds; a worker that never lived so long would store nothing.
    private int LongestLife => options.Medium == Medium.Coarse ? 6000 : 900;

    // On a machine that is busy with other things workers are killed before they have done a job, and the run would say nothing: it gets up to four times as long.
    private bool IsOver =>
        Volatile.Read(ref _kills) >= options.Kills
        || (_clock.Elapsed.TotalMinutes >= options.Minutes && (_clock.Elapsed.TotalMinutes >= 4 * options.Minutes || HasHit()));

    private async Task<int> RunAsync()
    {
        _paths.Make(forGroup: options.IsShared);
        Console.WriteLine(options.Command);
        using var sampler = new UsageSampler(_paths.Cache, TimeSpan.FromMilliseconds(200));
        sampler.Start();
        await Task.WhenAll(Enumerable.Range(0, options.Processes).Select(SlotAsync));
        sampler.Sample();
        var killing = _clock.Elapsed;
        await File.WriteAllLinesAsync(Path.Combine(options.Directory, "most-bytes.txt"), sampler.WhereMost);
        var summary = await new TortureAudit(options, _paths, _content).RunAsync(sampler.Maximum);
        if (_stoppedBadly > 0)
        {
            summary.Violations.Add($"{_stoppedBadly} worker(s) that were told to stop did not end, or not well");
        }

        summary.Print(_kills, _number, killing, sampler.Samples, options);
        if (summary.Violations.Count == 0)
        {
            return 0;
        }

        Console.WriteLine($"Evidence: {options.Directory}{(options.HasDisk ? "/disk.img, to be mounted" : "")}");
        return 1;
    }

    private bool HasHit() => Directory.GetFiles(_paths.Reports).Any(static report => LineFile.Read(report).Any(static line => line is "source Hit" or "profile Hit"));

    // A slot has a worker at work all the time; the next one starts up meanwhile.
    private async Task SlotAsync(int slot)
    {
        var random = new SplitMix(SplitMix.Mix(options.Seed, 5, (ulong)slot));
        var next = StartAsync();
        while (true)
        {
            using var worker = await next;
            worker.Go();
            if (IsOver)
            {
                Interlocked.Add(ref _stoppedBadly, await worker.StopAsync() ? 0 : 1);
                return;
            }

            next = StartAsync();
            await Task.Delay(50 + random.Next(LongestLife));
            await worker.KillAsync();
            AgePartials(worker.ProcessId);
            if (Interlocked.Increment(ref _kills) % 100 == 0)
            {
                Console.WriteLine($"{_kills} kills, {_clock.Elapsed.TotalSeconds:F0} s");
            }

            // A machine that starts its worker again has its work directory still, or not.
            if (random.Chance(0.7) || options.Medium == Medium.FewInodes)
            {
                Directory.Delete(_paths.Work(worker.Number), recursive: true);
            }
        }
    }

    // Of an hour that nobody writes to a dead worker's partials this run has no time; without it they soon take all of MaxSize, and nothing is ever hit.
    private void AgePartials(int deadProcess)
    {
        var partials = Path.Combine(_paths.Cache, "sources", "partials");
        foreach (var path in Directory.Exists(partials) ? Directory.GetFiles(partials, $"*.{deadProcess}.*") : [])
        {
            try
            {
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-2));
            }
            catch (IOException)
            {
                // A live worker made room meanwhile.
            }
        }
    }

    private async Task<WorkerHandle> StartAsync()
    {
        await _starting.WaitAsync();
        try
        {
            return await WorkerHandle.StartAsync(options, Interlocked.Increment(ref _number));
        }
        finally
        {
            _starting.Release();
        }
    }
}
