using SmartCache.Fuzz;

if (FuzzOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(FuzzOptions.Usage);
    return 64;
}

using var run = new FuzzRun(options.Seed, Console.Out, options.Target);
if (run.Tallies.Count == 0)
{
    Console.Error.WriteLine($"There is no target {options.Target}.");
    return 64;
}

if (options.Case is { } number)
{
    run.RunOne(run.Tallies.Single(), number);
}
else
{
    run.Run(options.Cases);
}

run.Print();
return run.Findings.Count == 0 ? 0 : 1;
