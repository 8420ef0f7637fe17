using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SmartCache.Torture;

namespace SmartCache.Benchmarks;

/// <summary>
/// What the cache costs a first attempt, in which it can save nothing: the same attempt in two processes, without it and with it. Wall time varies more
/// than 1 % from run to run, so what is compared is the time between the job's calls and its stages, and processor time outside the stages.
/// </summary>
internal static class Overhead
{
    private const long SourceBytes = 60L * TestFiles.Megabyte;

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        Machine.Print(options.Directory);
        using var stop = new CancellationTokenSource();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, stop.Token);
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var work = Attempt.Calibrate(options.Encode);
        var without = await AttemptAsync(options, port, work, withCache: false);
        var with = await AttemptAsync(options, port, work, withCache: true);
        await stop.CancelAsync();
        await serving;

        Console.WriteLine("| first attempt | seconds | processor in the stages | processor elsewhere | of it compiling | added on the job's path | added processor | of it on the path | added in all | share of the attempt |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        var worst = 0.0;
        for (var job = 0; job < options.Jobs; job++)
        {
            var (bare, cached) = (without[job], with[job]);
            var added = Math.Max(0, cached.OtherProcessor - bare.OtherProcessor);
            var onPath = Math.Max(0, cached.OnPath - bare.OnPath);

            // What the processor does while the job waits is part of the wait, and counts once.
            var shared = Math.Min(onPath, Math.Max(0, cached.ProcessorOnPath - bare.ProcessorOnPath));
            var all = onPath + added - shared;
            var share = all / cached.Seconds;
            worst = Math.Max(worst, share);
            var name = job == 0 ? "first job of the process" : $"job {job + 1} of the process";
            Console.WriteLine($"| {name}, without the cache | {bare.Seconds:F2} s | {bare.StageProcessor:F2} s | {bare.OtherProcessor:F3} s | {bare.Compiling:F3} s | | | | | |");
            Console.WriteLine($"| {name}, with the cache | {cached.Seconds:F2} s | {cached.StageProcessor:F2} s | {cached.OtherProcessor:F3} s | {cached.Compiling:F3} s | {onPath * 1000:F0} ms | {added * 1000:F0} ms | {shared * 1000:F0} ms | {all * 1000:F0} ms | {share:P2} |");
        }

        var memory = (with[^1].PeakMemory - without[^1].PeakMemory) / 1e6;
        Console.WriteLine();
        Console.WriteLine($"- Share: target ≤ 1 %, {(worst <= 0.01 ? "met" : "MISSED")}.");
        Console.WriteLine($"- Peak of resident memory: {without[^1].PeakMemory / 1e6:F1} MB without, {with[^1].PeakMemory / 1e6:F1} MB with the cache, {memory:+0.0;-0.0} MB; target ≤ 30 MB, {(memory <= 30 ? "met" : "MISSED")}.");
        Console.WriteLine($"- Load average at the end {Machine.Load()}.");
        return worst <= 0.01 && memory <= 30 ? 0 : 1;
    }

    private static async Task<IReadOnlyList<AttemptFigures>> AttemptAsync(BenchmarkOptions options, int port, int work, bool withCache)
    {
        var start = Self.StartInfo("attempt", "--jobs", Invariant(options.Jobs), "--dir", options.Directory, "--port", Invariant(port), "--work", Invariant(work));
        start.RedirectStandardOutput = true;
        if (withCache)
        {
            start.ArgumentList.Add("--with-cache");
        }

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(AttemptFigures.Parse)]
            : throw new InvalidOperationException($"The attempt ended with {process.ExitCode}: {output}");
    }

    /// <summary>An origin of one video, in this process: its processor time must not count as the worker's.</summary>
    private static async Task ServeAsync(TcpListener listener, CancellationToken stop)
    {
        var chunk = new byte[TestFiles.Megabyte];
        new Random(1).NextBytes(chunk);
        chunk[0] = 0;
        var head = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Length: {SourceBytes}\r\nConnection: close\r\n\r\n"));
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(stop);
                await using var stream = client.GetStream();
                var request = new byte[4096];
                var read = 0;
                while (!request.AsSpan(0, read).EndsWith("\r\n\r\n"u8))
                {
                    read += await stream.ReadAsync(request.AsMemory(read), stop);
                }

                // Each request is another video.
                chunk[1]++;
                await stream.WriteAsync(head, stop);
                for (long sent = 0; sent < SourceBytes; sent += chunk.Length)
                {
                    await stream.WriteAsync(chunk, stop);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);
}
