#:project ../../src/SmartCache.Stages
#:property PublishAot=false
#:property GenerateDocumentationFile=true
#:property NoWarn=CS1591

// throughput.cs ENDPOINT DIRECTORY: uploads the directory and prints the seconds for the files, and those with linking and verifying.
using System.Diagnostics;
using System.Globalization;
using SmartCache;
using SmartCache.Stages;

KuboOptions options = new();
options.Endpoints.Add(new KuboEndpoint(new Uri(args[0]), "node"));
using KuboUploader uploader = new(options);
var watch = Stopwatch.StartNew();
UntilVerify progress = new(watch);
await uploader.UploadAsync(new UploadRequest("throughput", args[1]), progress).ConfigureAwait(false);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{progress.Seconds:F2} {watch.Elapsed.TotalSeconds:F2}"));

internal sealed class UntilVerify(Stopwatch watch) : IProgress<StageProgress>
{
    public double Seconds { get; private set; }

    public void Report(StageProgress value)
    {
        if (value.Phase == "verify" && Seconds == 0)
            Seconds = watch.Elapsed.TotalSeconds;
    }
}
