using System.Globalization;
using System.Runtime.InteropServices;
using SmartCache.Pool;

const string Usage = """
    usage: SmartCache.Pool figures ENDPOINT BUCKET DIRECTORY [ROUNDS]
           SmartCache.Pool producers ENDPOINT BUCKET DIRECTORY [ROUNDS]
           SmartCache.Pool churn ENDPOINT BUCKET DIRECTORY [KILLS [GATEWAY_KILLS CEPH_DIRECTORY]]
           SmartCache.Pool poison DIRECTORY [PACKS [SEED]]
           SmartCache.Pool confirmations ENDPOINT BUCKET DIRECTORY NODE_API
           SmartCache.Pool secrets ENDPOINT BUCKET DIRECTORY
    Credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. CEPH_DIRECTORY is that of tests/ceph/up.sh.
    """;
if (args is ["job" or "jobs", var itsEndpoint, var itsBucket, var prefix, var host, var work, var seed])
{
    PoolPlace.Prefix = prefix;
    return await Child.RunAsync(args[0], new PoolPlace(itsEndpoint, itsBucket, work), host, work, int.Parse(seed, CultureInfo.InvariantCulture));
}

if (await FurtherVerbs.TryRunAsync(args) is { } ended)
{
    return ended;
}

if (args is not [var verb, var endpoint, var bucket, var directory, .. var more] || !Directory.Exists(directory))
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
switch (verb)
{
    case "figures":
        await JobFigures.RunAsync(place);
        await OutageFigures.RunAsync(place);
        await TransferFigures.RunAsync(place, Number(0, 7));
        return 0;
    case "producers":
        return await ProducerFigures.RunAsync(place, Number(0, 30)) ? 0 : 1;
    case "churn":
        return await ChurnFigures.RunAsync(place, Number(0, 150), Number(1, 0), more.Length > 2 ? new Gateway(more[2]) : null) ? 0 : 1;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}
