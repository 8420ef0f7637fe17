using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Torture.PowerCuts;

/// <summary>Four real workers on a recorded disk, until their time is over.</summary>
/// <param name="Log">The record of the disk.</param>
/// <param name="Beside">What was noted, and what is uploaded.</param>
/// <param name="Begin">How long the record was when the workers began.</param>
/// <param name="End">And when they had ended.</param>
internal sealed record PowerRecording(string Log, string Beside, long Begin, long End)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static readonly string[] _withoutFlushes = ["strace", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fsync,fdatasync,syncfs,sync,msync", "-e", "inject=fsync,fdatasync,syncfs,sync,msync:retval=0"];

    public string Ledger => Path.Combine(Beside, "told.ledger");

    public static async Task<PowerRecording> MakeAsync(PowerOptions options, string directory, ulong seed, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        var beside = Directory.CreateDirectory(Path.Combine(directory, "beside")).FullName;
        using var disk = RecordedDisk.Mount(options.Kind, directory);
        var workers = new List<Process>();
        try
        {
            for (var number = 0; number < PowerOptions.Workers; number++)
            {
                workers.Add(Start(options, disk, beside, number, seed));
            }

            foreach (var worker in workers)
            {
                if (await worker.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(Patience, cancellationToken) != "ready")
                {
                    throw new IOException("A worker did not come up.");
                }
            }

            foreach (var worker in workers)
            {
                await worker.StandardInput.WriteLineAsync("go");
                await worker.StandardInput.FlushAsync(cancellationToken);
            }

            await Task.WhenAll(workers.Select(worker => worker.WaitForExitAsync(cancellationToken))).WaitAsync(Patience, cancellationToken);
            return new PowerRecording(disk.Log, beside, disk.Begin, new FileInfo(disk.Log).Length);
        }
        finally
        {
            foreach (var worker in workers)
            {
                if (!worker.HasExited)
                {
                    worker.Kill(entireProcessTree: true);
                    worker.WaitForExit();
                }

                worker.Dispose();
            }
        }
    }

    private static Process Start(PowerOptions options, RecordedDisk disk, string beside, int number, ulong seed)
    {
        var start = Self.StartInfo(
            "power-worker", disk.Root, beside, disk.Log, number.ToString(CultureInfo.InvariantCulture), seed.ToString(CultureInfo.InvariantCulture), options.Seconds.ToString(CultureInfo.InvariantCulture));
        if (!options.Flushes)
        {
            start = new ProcessStartInfo(_withoutFlushes[0], [.. _withoutFlushes.Skip(1), start.FileName, .. start.ArgumentList]);
        }

        (start.RedirectStandardInput, start.RedirectStandardOutput) = (true, true);
        return Process.Start(start)!;
    }
}
