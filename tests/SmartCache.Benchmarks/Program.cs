using SmartCache.Benchmarks;

if (BenchmarkOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(BenchmarkOptions.Usage);
    return 2;
}

if (!Directory.Exists(options.Directory))
{
    Console.Error.WriteLine($"--dir: there is no directory {options.Directory}.");
    return 2;
}

return options.Mode switch
{
    BenchmarkMode.Overhead => await Overhead.RunAsync(options),
    BenchmarkMode.Attempt => await Attempt.RunAsync(options),
    BenchmarkMode.Takeover => await Takeover.RunAsync(options),
    BenchmarkMode.Produce => await EndlessProducer.RunAsync(options),
    BenchmarkMode.Verification => await Verification.RunAsync(options),
    BenchmarkMode.History => await HistoryCost.RunAsync(options),
    BenchmarkMode.Streams => StreamCost.Run(options),
    BenchmarkMode.Upload => await UploadThroughput.RunAsync(options),
    BenchmarkMode.Checkpoint => await Checkpoint.RunAsync(options),
    BenchmarkMode.Scale => await Scale.RunAsync(options),
    BenchmarkMode.ScaleStep => await ScaleStep.RunAsync(options),
    BenchmarkMode.ScaleUploads => await UploadScale.RunAsync(options),
    BenchmarkMode.Tool => await ToolScale.RunAsync(options),
    BenchmarkMode.ToolStep => await ToolWorker.RunAsync(options),
    BenchmarkMode.Contention => await Contention.RunAsync(options),
    BenchmarkMode.ContentionWorker => await ContentionWorker.RunAsync(options),
    BenchmarkMode.Recovery => await Recovery.RunAsync(options),
    BenchmarkMode.RecoveryStep => await RecoveryStep.RunAsync(options),
    BenchmarkMode.Prefetch => await PrefetchCost.RunAsync(options),
    BenchmarkMode.PrefetchStep => await PrefetchStep.RunAsync(options),
    BenchmarkMode.Ladder => Ladder.Run(options),
    BenchmarkMode.LadderStep => await LadderStep.RunAsync(options),
    BenchmarkMode.Resume => Resume.Run(options),
    BenchmarkMode.ResumeStep => await ResumeStep.RunAsync(options),
    _ => await Tables.RunAsync(options),
};
