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
        services.AddSmartCacheHttpDownloader();
        services.AddSmartCacheFfmpeg();
        if (options.Ipfs is { } node)
            services.AddSmartCacheKubo(kubo => kubo.Endpoints.Add(node));
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

    private static void AddPublishFolder(this IServiceCollection services, string root)
    {
        services.AddSingleton(_ => new PublishFolder(root));
        services.AddSingleton<PublishFolderUploader>();
        services.AddSingleton<IIpfsUploader>(provider => provider.GetRequiredService<PublishFolderUploader>());
        services.AddSingleton<IUploadPresence>(provider => provider.GetRequiredService<PublishFolderUploader>());
    }
}
