using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Benchmarks;

/// <summary>
/// Eight worker processes hit a hundred hot keys in one cache. On a machine with fewer cores the tail of anything is then the wait for a core, so that each
/// hit is compared with a CPU loop as long as the median of such a hit alone, by turns with it and in the same process.
/// </summary>
internal static class Contention
{
    private const int Workers = 8;

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        Machine.Print(options.Directory);
        using var scratch = new Scratch(options.Directory);
        await using (var cache = BenchCache.Open(scratch["cache"]))
        {
            await HotKeys.PublishAsync(cache, scratch.Root);
        }

        HotFiles.Write(scratch["by-hand"]);

        var workers = new List<Process>();
        try
        {
            workers.Add(await StartAsync(scratch.Root, 0));
            workers[0].StandardInput.WriteLine("alone");
            var turns = await workers[0].StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The first worker ended.");

            workers.AddRange(await Task.WhenAll(Enumerable.Range(1, Workers - 1).Select(worker => StartAsync(scratch.Root, worker))));
            foreach (var worker in workers)
            {
                worker.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"go {(options.Quick ? 5 : 30)} {turns}"));
            }

            var times = new ContentionTimes();
            for (var i = 0; i < Workers; i++)
            {
                if (await workers[i].StandardOutput.ReadLineAsync() is null)
                {
                    throw new InvalidOperationException("A worker ended before its time.");
                }

                times.Read(scratch["times-" + i]);
            }

            return new ContentionTable(times).Print(Workers) ? 0 : 1;
        }
        finally
        {
            foreach (var worker in workers)
            {
                worker.StandardInput.Close();
                await worker.WaitForExitAsync();
                worker.Dispose();
            }
        }
    }

    private static async Task<Process> StartAsync(string directory, int worker)
    {
        var process = StepProcess.Start("contention-worker", worker.ToString(CultureInfo.InvariantCulture), directory);
        return await process.StandardOutput.ReadLineAsync() == ContentionWorker.Ready ? process : throw new InvalidOperationException("A worker did not get ready.");
    }
}
