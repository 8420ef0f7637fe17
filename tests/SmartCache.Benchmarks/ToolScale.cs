using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;

namespace SmartCache.Benchmarks;

/// <summary>
/// Processor time of each command of the tool that changes nothing, as the process that it is, beside a worker that hits without a pause; and whether such commands change the
/// system calls of a hit.
/// </summary>
internal static class ToolScale
{
    private const int Judged = 10_000;
    private const int Most = 200_000;
    private const int Rounds = 3;
    private const int Events = 45_000;
    private const int AtOnce = 1_500;

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        Machine.Print(options.Directory);
        Console.WriteLine("| entries | command | processor time | wall | prints | target (processor time) |");
        Console.WriteLine("|---:|---|---:|---:|---:|---|");
        var (met, missed) = (0, 0);
        foreach (var entries in options.Entries is { } asked ? [asked] : (int[])[Judged, Most])
        {
            using var scratch = new Scratch(options.Directory);
            var root = scratch["cache"];
            await FillAsync(root, entries);

            // Half of it has to go, so that there is something to plan.
            var settings = scratch["appsettings.json"];
            await File.WriteAllTextAsync(settings, $$"""{ "Cache": { "Directory": "{{root}}", "MaxSize": "{{entries * 12}}KB", "MinFreeSpace": "0" } }""");
            foreach (var command in Commands(options.Tool, settings, scratch["report.html"], entries))
            {
                using var worker = StepProcess.Start("tool-step", "busy", root, entries);
                await worker.StandardOutput.ReadLineAsync();
                var took = Enumerable.Range(0, Rounds).Select(_ => Measure(options.Tool, settings, command)).OrderBy(static one => one.Processor).ElementAt(Rounds / 2);
                await EndAsync(worker);
                var target = Target(command[0], entries);
                var isMet = took.Processor <= target;
                (met, missed) = (met + (isMet ? 1 : 0), missed + (isMet ? 0 : 1));
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {entries:N0} | `{string.Join(' ', command.Select(static word => word.Length > 32 ? word[..12] + "…" : word))}` | {took.Processor:F2} s | {took.Wall:F2} s | {took.Bytes / 1000.0:N0} kB | ≤ {target:0.0} s {(isMet ? "met" : "MISSED")} |"));
            }

            if (entries == Judged || options.Entries is not null)
            {
                missed += await HitsAsync(options.Tool, settings, root, entries) ? 0 : 1;
            }
        }

        Console.WriteLine($"| | **total** | {met} of {met + missed} targets met | | | |");
        Console.WriteLine();
        Console.WriteLine($"Load average at the end {Machine.Load()}.");
        return missed == 0 ? 0 : 1;
    }

    // Of the issue that asked for the tool.
    private static double Target(string command, int entries) => entries > Judged ? 10 : command switch { "stats" => 0.3, "report" => 3, _ => 1 };

    private static IReadOnlyList<string[]> Commands(string program, string settings, string file, int entries)
    {
        var profile = ScaleCache.ProfileKeyOf(entries / 2, entries).Name;
        return new ToolCommands(
            arguments => Run(program, settings, arguments).Output,
            new Dictionary<string, string[]>
            {
                ["key"] = [profile],
                ["what"] = [profile, "job-7", ScaleCache.Request(7).Source],
                ["id"] = ["job-7"],
                ["file"] = [file],
            }).All;
    }

    /// <summary>As a worker leaves it that has cleaned up: entries with their index, jobs, and a history that is full.</summary>
    public static async Task FillAsync(string root, int entries)
    {
        await using var cache = BenchCache.Open(root, NullLogger.Instance);
        ScaleCache.Write(cache, entries);
        for (var job = 0; job < entries / 10; job++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"job-{job}");
            await cache.Jobs.AttemptStartedAsync(id, new Dictionary<string, ProfileUploadState> { ["720p"] = new() { TotalFiles = 200 } }, CancellationToken.None);
            if (job % 10 > 0)
            {
                await cache.Jobs.CompletedAsync(id, "bafyroot", new Dictionary<string, ProfileUploadState>(), CancellationToken.None);
            }
        }

        await cache.CleanupAsync();
        for (var done = 0; done < Events; done += AtOnce)
        {
            for (var i = done; i < done + AtOnce; i++)
            {
                var profile = (entries / 4) + (i % (entries / 2));
                cache.ProfileStore.Layer.Record(
                    new HistoryEvent(HistoryEventKind.Requested)
                    {
                        Layer = "profiles",
                        Outcome = i % 3 == 0 ? CacheOutcome.Miss : CacheOutcome.Hit,
                        Reason = i % 3 == 0 ? CacheReason.NotCached : CacheReason.None,
                        Duration = TimeSpan.FromSeconds(612),
                        Cost = TimeSpan.FromSeconds(611),
                        Bytes = i,
                    },
                    new Diagnostics.Subject(string.Create(CultureInfo.InvariantCulture, $"job-{i % 1000}"), "720p", ScaleCache.ProfileKeyOf(profile, entries).Name));
            }

            await cache.FlushAsync();
        }
    }

    private static (double Processor, double Wall, int Bytes) Measure(string program, string settings, string[] command)
    {
        var (before, watch) = (ChildUsage.Read().Processor, Stopwatch.StartNew());
        var (code, output) = Run(program, settings, command);
        return code is 0 or 1 ? (ChildUsage.Read().Processor - before, watch.Elapsed.TotalSeconds, output.Length) : throw new InvalidOperationException($"{string.Join(' ', command)} ended with {code}.");
    }

    private static (int Code, string Output) Run(string program, string settings, string[] command)
    {
        using var process = Start(program, settings, command);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static Process Start(string program, string settings, string[] command) => Process.Start(new ProcessStartInfo(program, [.. command, "--settings", settings])
    {
        RedirectStandardOutput = true,
    })!;

    private static async Task EndAsync(Process worker)
    {
        worker.StandardInput.Close();
        await worker.WaitForExitAsync();
        if (worker.ExitCode != 0)
        {
            throw new InvalidOperationException("The worker had no hit.");
        }
    }

    /// <returns>Whether the hits of a worker make the same system calls beside the tool's commands as without.</returns>
    private static async Task<bool> HitsAsync(string program, string settings, string root, int entries)
    {
        if (!File.Exists("/usr/bin/strace"))
        {
            Console.WriteLine("| | system calls of a hit beside the commands: skipped, strace is not installed | | | | |");
            return true;
        }

        var alone = await CallsAsync(program, settings, root, entries, beside: false);
        var beside = await CallsAsync(program, settings, root, entries, beside: true);
        foreach (var name in alone.Keys.Union(beside.Keys).Order())
        {
            var (one, other) = (alone.GetValueOrDefault(name), beside.GetValueOrDefault(name));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {entries:N0} | {2 * ToolWorker.Hits} hits, `{name}` | {one} alone, {other} beside the commands | | | {(one == other ? "the same" : "DIFFERENT")} |"));
        }

        return alone.Count > 0 && alone.Count == beside.Count && alone.All(call => beside.GetValueOrDefault(call.Key) == call.Value);
    }

    /// <summary>Calls that touch files, by name, between the two marks that a traced worker makes.</summary>
    private static async Task<Dictionary<string, int>> CallsAsync(string program, string settings, string root, int entries, bool beside)
    {
        var trace = root + ".trace";
        var own = StepProcess.Start("tool-step", "traced", root, entries, ["strace", "-f", "-qq", "-e", "trace=%file,flock,fcntl,ioctl,fstat,fsync,fdatasync,ftruncate,copy_file_range,getdents64,utimensat", "-o", trace]);
        await own.StandardOutput.ReadLineAsync();
        using var stop = new CancellationTokenSource();
        var commands = beside ? Task.Run(() => Repeat(program, settings, stop.Token)) : Task.CompletedTask;
        await own.StandardInput.WriteLineAsync("go");
        await own.WaitForExitAsync();
        await stop.CancelAsync();
        await commands;
        own.Dispose();
        var lines = File.ReadLines(trace)
            .SkipWhile(static line => !line.Contains(ToolWorker.Begin, StringComparison.Ordinal)).Skip(1)
            .TakeWhile(static line => !line.Contains(ToolWorker.End, StringComparison.Ordinal));

        // 4711 openat(AT_FDCWD, …: of a call that another thread's line divides only the first half counts.
        return lines.Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1].Split('(')).Where(static call => call.Length > 1)
            .CountBy(static call => call[0]).ToDictionary();
    }

    private static void Repeat(string program, string settings, CancellationToken cancellationToken)
    {
        string[][] commands = [["stats"], ["ls", "profiles"], ["jobs"], ["doctor"]];
        for (var next = 0; !cancellationToken.IsCancellationRequested; next++)
        {
            Run(program, settings, commands[next % commands.Length]);
        }
    }
}
