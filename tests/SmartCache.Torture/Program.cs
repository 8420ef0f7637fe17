using System.Globalization;
using SmartCache.Torture;
using SmartCache.Torture.Steps;

TortureOptions? torture = null;
try
{
    torture = args is ["torture", .. var given] ? TortureOptions.Parse(given) : null;
}
catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}

var limit = SweepLimit.TakeFrom(ref args);
return args switch
{
    ["torture", ..] => await TortureRun.RunAsync(torture!),
    ["worker", var number, .. var options] => await WorkerVerb.RunAsync(number, TortureOptions.Parse(options)),
    ["crash-points", var root] => await CrashPoints.RunAsync(root, null, 1, 0, limit),
    ["crash-points", var root, var only] => await CrashPoints.RunAsync(root, only, 1, 0, limit),
    ["crash-points", var root, var share, var offset] => await CrashPoints.RunAsync(root, null, int.Parse(share, CultureInfo.InvariantCulture), int.Parse(offset, CultureInfo.InvariantCulture), limit),
    ["faults", var root] => await Faults.RunAsync(root, null, 1, 0, limit),
    ["faults", var root, var only] => await Faults.RunAsync(root, only, 1, 0, limit),
    ["faults", var root, var share, var offset] => await Faults.RunAsync(root, null, int.Parse(share, CultureInfo.InvariantCulture), int.Parse(offset, CultureInfo.InvariantCulture), limit),
    ["faults", var root, var share, var offset, var only] => await Faults.RunAsync(root, only, int.Parse(share, CultureInfo.InvariantCulture), int.Parse(offset, CultureInfo.InvariantCulture), limit),
    ["subject"] => await SubjectVerb.RunAsync(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: SmartCache.Torture torture [--seed N] [--kills N] [--processes N] [--minutes M] [--max-size BYTES] [--quota hard|report]
                                        [--medium plain|coarse|few-inodes] [--users 1|2] [--dir DIRECTORY]
               SmartCache.Torture crash-points DIRECTORY [OPERATION[:POINT] | SHARE OFFSET] [--seconds N]
               SmartCache.Torture faults DIRECTORY [OPERATION,OPERATION | SHARE OFFSET [OPERATION,OPERATION]] [--seconds N]
        """);
    return 2;
}
