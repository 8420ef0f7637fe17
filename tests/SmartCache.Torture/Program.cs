using System.Globalization;
using SmartCache.Torture;
using SmartCache.Torture.PowerCuts;
using SmartCache.Torture.Steps;
using SmartCache.Torture.WeakDisk;

TortureOptions? torture = null;
PowerOptions? power = null;
try
{
    power = args is ["power-cuts", .. var wanted] ? PowerOptions.Parse(wanted) : null;
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
    ["power-states", var root, var images] => await PowerStates.RunAsync(root, int.Parse(images, CultureInfo.InvariantCulture), null, eachFlush: false, limit),
    ["power-states", var root, var images, "--each-flush"] => await PowerStates.RunAsync(root, int.Parse(images, CultureInfo.InvariantCulture), null, eachFlush: true, limit),
    ["power-states", var root, var images, "--each-flush", var only] => await PowerStates.RunAsync(root, int.Parse(images, CultureInfo.InvariantCulture), only, eachFlush: true, limit),
    ["power-states", var root, var images, var only] => await PowerStates.RunAsync(root, int.Parse(images, CultureInfo.InvariantCulture), only, eachFlush: false, limit),
    ["power-cuts", ..] => await PowerCuts.RunAsync(power!),
    ["power-worker", var disk, var beside, var log, var number, var seed, var seconds] => await PowerWorkerVerb.RunAsync(disk, beside, log, number, seed, seconds),
    ["power-check", var root, var seed] => await PowerCheckVerb.RunAsync(root, seed),
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
               SmartCache.Torture power-cuts DIRECTORY [--file-system ext4|ext4-writeback|xfs|btrfs] [--seed N] [--images N] [--seconds S] [--no-flushes]
               SmartCache.Torture power-states DIRECTORY IMAGES [--each-flush] [OPERATION,OPERATION] [--seconds N]
        """);
    return 2;
}
