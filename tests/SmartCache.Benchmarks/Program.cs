using SmartCache.Benchmarks;

if (BenchmarkOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(BenchmarkOptions.Usage);
    return 2;
}

return options.Mode switch
{
    BenchmarkMode.Overhead => await Overhead.RunAsync(options),
    BenchmarkMode.Attempt => await Attempt.RunAsync(options),
    BenchmarkMode.Scale => await Scale.RunAsync(options),
    BenchmarkMode.ScaleStep => await ScaleStep.RunAsync(options),
    _ => await Tables.RunAsync(options),
};
