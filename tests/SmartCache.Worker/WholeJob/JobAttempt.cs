using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace SmartCache.Worker.WholeJob;

/// <summary>One attempt at a whole job, as a worker's loop makes it: download, encode each profile, upload, and remove the work whatever happened.</summary>
internal static class JobAttempt
{
    /// <param name="services">The stages, with a cache in front or without.</param>
    /// <param name="stages">The same stages, which count.</param>
    /// <param name="node">What the node has.</param>
    /// <param name="plan">What the job asks for.</param>
    /// <param name="number">Of the attempt.</param>
    /// <param name="said">What the cache has said by the end.</param>
    public static async Task<AttemptSeen> RunAsync(IServiceProvider services, WorkerStages stages, string node, AttemptPlan plan, int number, Func<string[]> said)
    {
        var before = stages.Runs;
        var directory = Path.Combine(plan.Work, number.ToString(CultureInfo.InvariantCulture));
        string ending;
        try
        {
            await WorkAsync(services, plan, directory);
            ending = "done";
        }
        catch (Exception exception)
        {
            ending = $"{exception.GetType().Name}: {exception.Message.Replace(plan.Work, "", StringComparison.Ordinal)}";
        }

        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (root, prefix) in new[] { (directory, "job"), (node, "node") })
        {
            foreach (var path in Directory.Exists(root) ? Directory.GetFiles(root, "*", SearchOption.AllDirectories) : [])
            {
                files[$"{prefix}/{Path.GetRelativePath(root, path)}"] = WorkerStages.Hash(await File.ReadAllBytesAsync(path));
            }
        }

        await SaveAsync(services, plan);
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }

        var after = stages.Runs;
        return new AttemptSeen(ending, files, after.Downloads - before.Downloads, after.Encodes - before.Encodes, after.Sent - before.Sent, said());
    }

    private static async Task SaveAsync(IServiceProvider services, AttemptPlan plan)
    {
        if (plan.WaitsForSaves && services.GetService<ICacheManager>() is { } cache)
        {
            await cache.FlushAsync();
        }
    }

    private static async Task WorkAsync(IServiceProvider services, AttemptPlan plan, string directory)
    {
        Directory.CreateDirectory(directory);
        var source = new DownloadRequest(plan.Source, Path.Combine(directory, plan.SourceName)) { JobId = plan.JobId };
        var video = await services.GetRequiredService<IVideoDownloader>().DownloadAsync(source, plan.Progress);
        await SaveAsync(services, plan);
        var tree = Path.Combine(directory, "tree");
        var profiles = new List<EncodedProfile>();
        foreach (var name in plan.Profiles)
        {
            var request = new EncodeRequest(video, new EncodingProfile(name), Path.Combine(tree, name)) { JobId = plan.JobId };
            profiles.Add(await services.GetRequiredService<IProfileEncoder>().EncodeAsync(request, plan.Progress));
            await SaveAsync(services, plan);
        }

        await services.GetRequiredService<IIpfsUploader>().UploadAsync(new UploadRequest(plan.JobId, tree) { Profiles = profiles }, plan.Progress);
    }
}
