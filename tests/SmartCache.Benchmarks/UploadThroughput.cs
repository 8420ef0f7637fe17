using System.Diagnostics;
using System.Globalization;
using SmartCache.Stages;

namespace SmartCache.Benchmarks;

/// <summary>
/// The uploading half of tests/ipfs-node/throughput.sh: for each line <c>bare DIRECTORY</c> or <c>state DIRECTORY</c> on its input it uploads the directory and
/// prints the seconds until every file was confirmed, those of the whole upload, and its own processor seconds.
/// </summary>
internal static class UploadThroughput
{
    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        if (options.Node is null)
        {
            Console.Error.WriteLine(BenchmarkOptions.Usage);
            return 2;
        }

        var settings = new KuboOptions { Concurrency = options.AtOnce };
        settings.Endpoints.Add(new KuboEndpoint(options.Node, "node"));
        using var kubo = new KuboUploader(settings);
        using var scratch = new Scratch(options.Directory);
        await using var cache = BenchCache.Open(scratch["cache"]);
        var resuming = new ResumingIpfsUploader(kubo, cache);
        var job = 0;
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var (kind, directory) = (line.Split(' ', 2)[0], line.Split(' ', 2)[1]);
            IIpfsUploader uploader = kind == "state" ? resuming : kubo;
            var cpu = ProcessorClock.OfProcess();
            var watch = Stopwatch.StartNew();
            var phases = new Phases(watch);
            var result = await uploader.UploadAsync(new UploadRequest(string.Create(CultureInfo.InvariantCulture, $"job-{job++}"), directory), phases);
            var whole = watch.Elapsed.TotalSeconds;
            cpu = ProcessorClock.OfProcess() - cpu;
            if (!result.Verified || result.FilesSkipped > 0)
            {
                throw new InvalidOperationException("Not a whole upload that was verified.");
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{phases.Adds:F3} {whole:F3} {cpu.TotalSeconds:F3}"));
        }

        return 0;
    }

    private sealed class Phases(Stopwatch watch) : IProgress<StageProgress>
    {
        public double Adds { get; private set; }

        public void Report(StageProgress value)
        {
            if (value.Phase == "verify" && Adds == 0)
            {
                Adds = watch.Elapsed.TotalSeconds;
            }
        }
    }
}
