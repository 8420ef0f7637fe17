using SmartCache.Torture;
using SmartCache.Torture.Steps;

return args switch
{
    ["torture", .. var options] => await TortureRun.RunAsync(TortureOptions.Parse(options)),
    ["worker", var root, var seed, var number, var maxSize] => await WorkerVerb.RunAsync(root, seed, number, maxSize),
    ["crash-points", var root] => await CrashPoints.RunAsync(root, null),
    ["crash-points", var root, var only] => await CrashPoints.RunAsync(root, only),
    ["subject"] => await SubjectVerb.RunAsync(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: SmartCache.Torture torture [--seed N] [--kills N] [--processes N] [--minutes M] [--max-size BYTES] [--quota hard|report] [--dir DIRECTORY]
               SmartCache.Torture crash-points DIRECTORY [OPERATION[:POINT]]
        """);
    return 2;
}
