using System.Globalization;
using System.Runtime.InteropServices;
using SmartCache.Pool;

if (args is not [var endpoint, var bucket, var directory, .. var more] || !Directory.Exists(directory))
{
    Console.Error.WriteLine("usage: SmartCache.Pool ENDPOINT BUCKET DIRECTORY [ROUNDS]; credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the bucket must exist");
    return 2;
}

var rounds = more is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 7;
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, .NET {Environment.Version}, load {(File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "?")}"));
var place = new PoolPlace(endpoint, bucket, directory);
await JobFigures.RunAsync(place);
await OutageFigures.RunAsync(place);
await TransferFigures.RunAsync(place, rounds);
await ProducerFigures.RunAsync(place, rounds * 6);
return 0;
