using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmartCache;
using SmartCache.NativeWorker;
using SmartCache.Stages;

// DIRECTORY NODE: a miss with an upload that is cancelled, its resumption, and a job of which everything is there. Prints one line for each.
var directory = args[0];
using var origin = new Origin();
await AttemptAsync("1", cancelAt: 0.5);
await AttemptAsync("2", cancelAt: 2);
await AttemptAsync("3", cancelAt: 2);
Console.WriteLine($"requests to the origin: {origin.Requests}");

async Task AttemptAsync(string attempt, double cancelAt)
{
    var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
    builder.Configuration["Cache:Directory"] = Path.Combine(directory, "cache");
    builder.AddSmartCache().UseHttpDownloader().UseEncoder<SegmentWriter>().UseKubo(new Uri(args[1]));
    using var host = builder.Build();
    await host.StartAsync();
    var services = host.Services;
    var work = Directory.CreateDirectory(Path.Combine(directory, attempt)).FullName;

    var video = await services.GetRequiredService<IVideoDownloader>().DownloadAsync(new DownloadRequest(origin.Video, Path.Combine(work, "source.mp4")) { JobId = "job" });
    var tree = Path.Combine(work, "hls");
    List<EncodedProfile> encoded = [];
    foreach (var name in new[] { "720p", "480p" })
        encoded.Add(await services.GetRequiredService<IProfileEncoder>().EncodeAsync(new EncodeRequest(video, new EncodingProfile(name), Path.Combine(tree, name)) { JobId = "job" }));
    await services.GetRequiredService<ICacheManager>().FlushAsync();

    using var cancel = new CancellationTokenSource();
    string upload;
    try
    {
        var result = await services.GetRequiredService<IIpfsUploader>().UploadAsync(
            new UploadRequest("job", tree) { Profiles = encoded }, new CancelAt(cancelAt, cancel), cancel.Token);
        upload = $"sent {result.FilesSent} skipped {result.FilesSkipped}";
    }
    catch (Exception exception) when (exception is KuboException or OperationCanceledException)
    {
        upload = exception.GetType().Name;
    }

    Console.WriteLine($"attempt {attempt}: {video.Outcome} {string.Join(' ', encoded.Select(profile => profile.Outcome))} {upload}");
    await host.StopAsync();
}
