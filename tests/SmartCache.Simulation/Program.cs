using SmartCache.Simulation;

SimulationOptions options;
try
{
    options = SimulationOptions.Parse(args);
}
catch (ArgumentException e)
{
    Console.Error.WriteLine(e.Message);
    Console.Error.WriteLine(SimulationOptions.Usage);
    return 2;
}

try
{
    if (options.Compare)
    {
        foreach (var line in Comparison.Lines([.. options.Traces.Select(TraceReader.Read)], options))
            Console.WriteLine(line);
        return 0;
    }

    if (options.Csv)
        Console.WriteLine(CsvReport.Header);
    foreach (var path in options.Traces)
        Simulate(path);
    return 0;
}
catch (Exception e) when (e is IOException or ArgumentException or InvalidDataException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

IEnumerable<string> ForEach(Func<long, SimulatedPolicy, IEnumerable<string>> lines) =>
    options.Sizes.SelectMany(size => options.Policies.SelectMany(policy => lines(size, policy).Append("")));

IEnumerable<string> Foresight(Trace trace) => options.Wipe is { } wipe
    ? ForEach((size, policy) => Warmth.Lines(trace, size, policy, wipe))
    : ForEach((size, policy) => PrefetchReport.Lines(trace, new ClosedLoopOptions(size, policy)
    {
        Ahead = options.Prefetch!.Value,
        Parallel = options.Parallel,
        Workers = options.Workers,
        EncodeScale = options.EncodeScale,
        DuringTransfers = options.DuringTransfers,
    }));

void Simulate(string path)
{
    var trace = TraceReader.Read(path);
    if (!trace.Events.Any(e => e.Kind == SmartCache.CacheEventKind.Requested))
        throw new InvalidDataException($"{Path.GetFileName(path)} holds no request in a format that is known.");
    if (options.DropFinished > 0)
        trace = Disturbance.DropFinished(trace, options.DropFinished, options.Seed);
    if ((options.Prefetch is not null || options.Wipe is not null) && trace.HasJobs)
    {
        foreach (var line in Foresight(trace))
            Console.WriteLine(line);
        return;
    }

    var noise = options.CostNoise > 0 ? Disturbance.CostNoise(trace, options.CostNoise, options.Seed) : null;
    var results = options.Sizes
        .SelectMany(size => options.Policies.Select(policy => (Size: size, Policy: policy)))
        .AsParallel().AsOrdered()
        .Select(run => Replay.Run(trace, run.Size, run.Policy, options.LowWater, noise))
        .ToList();
    foreach (var line in options.Csv ? results.Select(CsvReport.Row) : TableReport.Lines(trace, results))
        Console.WriteLine(line);
    if (options.Chart is not { } chart)
        return;
    // One file for each trace.
    if (options.Traces.Count > 1)
        chart = Path.ChangeExtension(chart, null) + "-" + trace.Name + Path.GetExtension(chart);
    File.WriteAllText(chart, CostChart.Draw(trace.Name, results));
}
