using System.Globalization;
using System.Runtime.InteropServices;
using SmartCache.Pool;

const string Usage = """
    usage: SmartCache.Pool figures ENDPOINT BUCKET DIRECTORY [ROUNDS [RUNS]]
           SmartCache.Pool delayed ENDPOINT BUCKET DIRECTORY [ROUNDS]
           SmartCache.Pool bounds ENDPOINT BUCKET DIRECTORY [JOBS]
           SmartCache.Pool producers ENDPOINT BUCKET DIRECTORY [ROUNDS]
           SmartCache.Pool churn ENDPOINT BUCKET DIRECTORY [KILLS [GATEWAY_KILLS CEPH_DIRECTORY]]
           SmartCache.Pool poison DIRECTORY [PACKS [SEED]]
           SmartCache.Pool confirmations ENDPOINT BUCKET DIRECTORY NODE_API
           SmartCache.Pool secrets ENDPOINT BUCKET DIRECTORY
    Exit code 1 where a target is missed; producers tolerates what it says. Needs curl for delayed, and 10 GB of DIRECTORY for bounds.
    Credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. CEPH_DIRECTORY is that of tests/ceph/up.sh.
    """;
if (args is ["job" or "jobs", var itsEndpoint, var itsBucket, var prefix, var host, var work, var seed])
{
    PoolPlace.Prefix = prefix;
    return await Child.RunAsync(args[0], new PoolPlace(itsEndpoint, itsBucket, work), host, work, int.Parse(seed, CultureInfo.InvariantCulture));
}

switch (args)
{
    case ["encode"]:
        SenderFigures.Encode();
        return 0;
    case ["forward", var behind, var delay]:
        await DelayedNetwork.RunAsync(new Uri(behind), int.Parse(delay, CultureInfo.InvariantCulture));
        return 0;
}

if (await FurtherVerbs.TryRunAsync(args) is { } ended)
{
    return ended;
}

if (args is not [var verb, var endpoint, var bucket, var directory, .. var more] || !Directory.Exists(directory) || verb is not ("figures" or "delayed" or "bounds" or "producers" or "churn"))
{
    Console.Error.WriteLine(Usage);
    return 2;
}

int Number(int index, int otherwise) => more.Length > index ? int.Parse(more[index], CultureInfo.InvariantCulture) : otherwise;
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, .NET {Environment.Version}, load {(File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "?")}"));
var place = new PoolPlace(endpoint, bucket, directory);
await place.MakeBucketAsync();
try
{
    switch (verb)
    {
        case "figures":
            await JobFigures.RunAsync(place);
            await OutageFigures.RunAsync(place);
            await RequestFigures.RunAsync(place);
            await TransferFigures.RunAsync(place, Number(0, 7), Number(1, 5));
            await SenderFigures.RunAsync(place);
            return Result(Targets.AreMet);
        case "delayed":
            await DelayedFigures.RunAsync(place, Number(0, 7));
            return Result(Targets.AreMet);
        case "bounds":
            // First, while the process holds no memory that it could use again.
            await MemoryFigures.RunAsync(place);
            await QueueFigures.RunAsync(place);
            await DeletionFigures.RunAsync(place, Number(0, 15));
            return Result(Targets.AreMet);
        case "producers":
            return Result(await ProducerFigures.RunAsync(place, Number(0, 30)));
        default:
            return Result(await ChurnFigures.RunAsync(place, Number(0, 150), Number(1, 0), more.Length > 2 ? new Gateway(more[2]) : null));
    }
}
finally
{
    // Those two leave what there was, to be looked at.
    if (verb is not ("producers" or "churn"))
    {
        await place.ClearAsync();
    }
}

static int Result(bool isRight)
{
    Targets.PrintTotals();
    return isRight ? 0 : 1;
}
