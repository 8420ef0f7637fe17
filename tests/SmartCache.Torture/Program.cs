using SmartCache.Torture;

return args switch
{
    ["torture", .. var options] => await TortureRun.RunAsync(TortureOptions.Parse(options)),
    ["worker", var root, var seed, var number, var maxSize] => await WorkerVerb.RunAsync(root, seed, number, maxSize),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: SmartCache.Torture torture [--seed N] [--kills N] [--processes N] [--minutes M] [--max-size BYTES] [--quota hard|report] [--dir DIRECTORY]
        """);
    return 2;
}
