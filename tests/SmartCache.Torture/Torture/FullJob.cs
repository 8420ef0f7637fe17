using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture;

/// <summary>The way of a real job: download, encode, upload with a checkpoint, end; with its own files spoilt at some point.</summary>
internal sealed class FullJob(IServiceProvider services, Content content, SplitMix random, WorkerReport report)
{
    private readonly CacheManager _cache = services.GetRequiredService<CacheManager>();
    private readonly IVideoDownloader _downloader = services.GetRequiredService<IVideoDownloader>();
    private readonly IProfileEncoder _encoder = services.GetRequiredService<IProfileEncoder>();
    private readonly IIpfsUploader _uploader = services.GetRequiredService<IIpfsUploader>();

    public async Task RunAsync(int source, string directory)
    {
        int profiles, ending;
        bool spoilsSource, spoilsOutput;
        UploadTarget target;
        lock (random)
        {
            profiles = 1 + random.Next(Content.Profiles.Length);
            ending = random.Next(10);
            spoilsSource = random.Chance(0.2);
            spoilsOutput = random.Chance(0.2);
            target = StubUploader.Targets[random.Next(StubUploader.Targets.Length)];
        }

        var jobId = string.Create(CultureInfo.InvariantCulture, $"job-{source}-{ending % 3}");
        Directory.CreateDirectory(directory);
        var video = await _downloader.DownloadAsync(new DownloadRequest(Content.Url(source), Path.Combine(directory, "video.mp4")) { JobId = jobId });
        Served.Check(video, content.Source(source), report);
        var output = Path.Combine(directory, "out");
        var encoded = new List<EncodedProfile>();
        foreach (var name in Content.Profiles.Take(profiles))
        {
            var profile = await _encoder.EncodeAsync(new EncodeRequest(video, new EncodingProfile(name), Path.Combine(output, name)) { JobId = jobId });
            Served.Check(profile.Directory, profile.Outcome, content.Profile(content.HashOf(source), name), report);
            encoded.Add(profile);
        }

        if (spoilsSource)
        {
            Spoiling.Apply(video.Path, random, mayChangeMode: true);
        }

        // A file that no other job has: there is always something left to confirm.
        await File.WriteAllTextAsync(Path.Combine(output, "job.txt"), directory);
        try
        {
            var result = await _uploader.UploadAsync(new UploadRequest(jobId, output) { Profiles = encoded, Target = target });
            report.Count($"upload {result.Outcome}");
        }
        catch (UploadFailedException)
        {
            report.Count("upload failed on purpose");
        }

        if (ending < 6)
        {
            await _cache.CompleteJobAsync(jobId);
        }
        else if (ending < 8)
        {
            await _cache.AbandonJobAsync(jobId);
        }

        foreach (var file in spoilsOutput ? Directory.GetFiles(output, "*", SearchOption.AllDirectories) : [])
        {
            Spoiling.Apply(file, random, mayChangeMode: true);
        }
    }
}
