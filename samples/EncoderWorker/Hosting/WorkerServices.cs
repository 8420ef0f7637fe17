using EncoderWorker.Jobs;
using EncoderWorker.Measuring;
using EncoderWorker.Options;
using EncoderWorker.Publishing;
using EncoderWorker.State;
using Microsoft.Extensions.DependencyInjection;
using SmartCache;
using SmartCache.Stages;

namespace EncoderWorker.Hosting;

/// <summary>What the worker consists of.</summary>
internal static class WorkerServices
{
    public static IServiceCollection AddEncoderWorker(this IServiceCollection services, WorkerOptions options, StateFolder state)
    {
        // The worker's three stages, as if there were no cache.
        services.AddDownloader(options);
        services.AddSmartCacheFfmpeg(ffmpeg => ffmpeg.SegmentDuration = TimeSpan.FromSeconds(2));
        if (options.Ipfs is { } node)
            services.AddSmartCacheKubo(kubo => kubo.Endpoints.Add(new KuboEndpoint(node)));
        else
            services.AddPublishFolder(state.PublishFolder);

        // What makes a worker a demonstration: it counts, and it breaks.
        services.Decorate<IProfileEncoder>((inner, provider) => new CountingEncoder(inner, provider.GetRequiredService<WorkLedger>()));
        services.Decorate<IIpfsUploader>((inner, provider) => new CountingUploader(inner, provider.GetRequiredService<WorkLedger>()));
        services.Decorate<IIpfsUploader>((inner, _) => new FaultInjectingUploader(inner, options.FailAtPercent));

        // The cache, last: it wraps the stages that are registered by now.
        services.AddSmartCache();

        services.AddSingleton<WorkLedger>();
        services.AddSingleton<JobRunner>();
        services.AddHostedService<EncoderWorkerService>();
        return services;
    }

    private static void AddDownloader(this IServiceCollection services, WorkerOptions options)
    {
        // The sample's own server counts what it sends. At somebody else's address the client has to.
        if (options.VideoIsRemote)
        {
            services.AddSingleton(provider => new HttpClient(new CountingHandler(provider.GetRequiredService<WorkLedger>())) { Timeout = Timeout.InfiniteTimeSpan });
            services.AddSingleton<IVideoDownloader>(provider => new HttpVideoDownloader(provider.GetRequiredService<HttpClient>()));
            services.Decorate<IVideoDownloader>((inner, provider) => new CountingDownloader(inner, provider.GetRequiredService<WorkLedger>()));
        }
        else
        {
            services.AddSmartCacheHttpDownloader();
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
