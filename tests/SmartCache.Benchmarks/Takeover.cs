using System.Diagnostics;
using SmartCache.Torture;

namespace SmartCache.Benchmarks;

/// <summary>
/// How soon the next worker produces after another process that produces the same thing is killed or its job is cancelled: from just before the signal
/// to the first line of the waiter's own stage.
/// </summary>
internal static class Takeover
{
    private const int Rounds = 30;
    private const int QuickRounds = 5;
    private static readonly TimeSpan Target = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        Machine.Print(options.Directory);
        var rounds = options.Quick ? QuickRounds : Rounds;
        Console.WriteLine("| the producer, another process | rounds | p50 | longest | target (longest) |");
        Console.WriteLine("|---|---:|---:|---:|---|");
        var killed = await RowAsync(options, "killed (SIGKILL)", rounds, static producer => producer.Kill());
        var cancelled = await RowAsync(options, "cancelled", rounds, static producer => producer.StandardInput.WriteLine());
        var resumed = await RowAsync(options, $"killed in the middle of an encode: {EndlessEncoder.Parts} parts of {EndlessEncoder.PartBytes / TestFiles.Megabyte} MB are read first", rounds, static producer => producer.Kill(), EndlessEncoder.Step);
        Console.WriteLine();
        Console.WriteLine($"- Load average at the end {Machine.Load()}.");
        return killed && cancelled && resumed ? 0 : 1;
    }

    private static async Task<bool> RowAsync(BenchmarkOptions options, string what, int rounds, Action<Process> end, string step = "")
    {
        var samples = new Samples();
        for (var round = 0; round <= rounds; round++)
        {
            var took = await RoundAsync(options, end, step);
            if (round > 0)
            {
                // The first one compiles.
                samples.Add(took);
            }
        }

        var met = samples.Longest <= Target;
        Console.WriteLine($"| {what} | {samples.Count} | {ResultTable.Text(samples.P50)} | {ResultTable.Text(samples.Longest)} | ≤ {ResultTable.Text(Target)} {(met ? "met" : "MISSED")} |");
        return met;
    }

    private static async Task<TimeSpan> RoundAsync(BenchmarkOptions options, Action<Process> end, string step)
    {
        using var scratch = new Scratch(options.Directory);
        var start = Self.StartInfo("produce", "--dir", scratch.Root, "--step", step);
        (start.RedirectStandardInput, start.RedirectStandardOutput) = (true, true);
        using var producer = Process.Start(start)!;
        try
        {
            if (await producer.StandardOutput.ReadLineAsync() != EndlessProducer.Producing)
            {
                throw new InvalidOperationException("The other process did not get to produce.");
            }

            await using var cache = EndlessEncoder.Open(scratch.Root);
            var waiter = new Waiter();
            Task produced = step == EndlessEncoder.Step
                ? new CachingProfileEncoder(new EndlessEncoder(waiter.Begin), cache).EncodeAsync(EndlessEncoder.Request(scratch.Root, "taken-over"), waiter)
                : new CachingVideoDownloader(waiter, cache).DownloadAsync(new DownloadRequest(EndlessProducer.Source, scratch["video.mp4"]), waiter);

            // By then it has looked several times and pauses for as long as it ever does between two looks.
            await waiter.Waiting;
            await Task.Delay(TimeSpan.FromMilliseconds(400 + Random.Shared.Next(100)));
            if (waiter.Started != 0)
            {
                throw new InvalidOperationException("The waiter did not wait.");
            }

            var ended = Stopwatch.GetTimestamp();
            end(producer);
            await produced.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (waiter.Started == 0)
            {
                throw new InvalidOperationException("The waiter did not go on.", produced.Exception);
            }

            return Stopwatch.GetElapsedTime(ended, waiter.Started);
        }
        finally
        {
            producer.Kill();
            await producer.WaitForExitAsync();
        }
    }

    private sealed class Waiter : IVideoDownloader, IProgress<StageProgress>
    {
        private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Waiting => _waiting.Task.WaitAsync(TimeSpan.FromSeconds(30));

        /// <summary>When the stage began, as a time stamp; 0 before.</summary>
        public long Started { get; private set; }

        public void Report(StageProgress value)
        {
            if (value.Phase == "waiting")
            {
                _waiting.TrySetResult();
            }
        }

        public void Begin(int parts) => Started = parts == EndlessEncoder.Parts ? Stopwatch.GetTimestamp() : throw new InvalidOperationException($"There were {parts} parts.");

        public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            Started = Stopwatch.GetTimestamp();
            TestFiles.Write(request.DestinationPath, TestFiles.Megabyte, seed: 3);
            await Task.Yield();
            return new DownloadedVideo(request.DestinationPath, TestFiles.Megabyte);
        }
    }
}
