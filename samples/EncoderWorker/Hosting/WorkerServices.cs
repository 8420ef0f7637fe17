using EncoderWorker.Jobs;
using EncoderWorker.Measuring;
using EncoderWorker.Options;
using EncoderWorker.Publishing;
using EncoderWorker.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmartCache;
using SmartCache.Stages;

namespace EncoderWorker.Hosting;

/// <summary>What the worker consists of.</summary>
internal static class WorkerServices
{
    public static void AddEncoderWorker(this IHostApplicationBuilder builder, WorkerOptions options, StateFolder state)
    {
        // The cache, and the worker's three stages. It goes around whatever is registered when the host is built.
        var services = builder.Services;
        var cache = builder.AddSmartCache().UseFfmpeg(ffmpeg => ffmpeg.SegmentDuration = TimeSpan.FromSeconds(2));
        cache.AddDownloader(options);
        if (options.Ipfs is { } node)
            cache.UseKubo(node);
        else
            services.AddPublishFolder(state.PublishFolder);

        // What makes a worker a demonstration: it counts, and it breaks.
        services.Decorate<IProfileEncoder>((inner, provider) => new CountingEncoder((ILadderEncoder)inner, provider.GetRequiredService<WorkLedger>()));
        if (options.CrashAtPercent > 0 && CrashDrill.Trigger() is { } crash)
            services.Decorate<IProfileEncoder>((inner, _) => new CrashingEncoder((ILadderEncoder)inner, options.CrashAtPercent, options.Profiles.Count * options.Jobs, crash));
        services.Decorate<IIpfsUploader>((inner, provider) => new CountingUploader(inner, provider.GetRequiredService<WorkLedger>()));
        services.Decorate<IIpfsUploader>((inner, _) => new FaultInjectingUploader(inner, options.FailAtPercent));

        services.AddHealthChecks().AddSmartCache();
        services.AddSingleton<WorkLedger>();
        services.AddSingleton<JobRunner>();
        services.AddSingleton<JobQueue>();
        services.AddHostedService<EncoderWorkerService>();
    }

    private static void AddDownloader(this ISmartCacheBuilder cache, WorkerOptions options)
    {
        var services = cache.Services;
        // The sample's own server counts what it sends. At somebody else's address the client has to.
        if (options.VideoIsRemote)
        {
            services.AddSingleton(provider => new HttpClient(new CountingHandler(provider.GetRequiredService<WorkLedger>())) { Timeout = Timeout.InfiniteTimeSpan });
            services.AddSingleton<IVideoDownloader>(provider => new HttpVideoDownloader(provider.GetRequiredService<HttpClient>()));
            services.Decorate<IVideoDownloader>((inner, provider) => new CountingDownloader(inner, provider.GetRequiredService<WorkLedger>()));
        }
        else
        {
            cache.UseHttpDownloader();
        }
    }

    private static void AddPublishFolder(this IServiceCollection services, string root)
    {
        services.AddSingleton(_ => new PublishFolder(root));
        services.AddSingleton<PublishFolderUploader>();
        services.AddSingleton<IIpfsUploader>(provider => provider.GetRequiredService<PublishFolderUploader>());
        services.AddSingleton<IUploadPresence>(provider => provider.GetRequiredService<PublishFolderUploader>());
    }
}
