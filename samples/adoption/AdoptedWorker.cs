using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmartCache;
using SmartCache.Stages;

namespace Adoption;

/// <summary>How a worker takes the cache in: its stages behind three interfaces, then one line.</summary>
public static class AdoptedWorker
{
    public static IHost Build(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);

        // A stage of the worker's own, behind an adapter.
        builder.Services.AddSingleton(new LegacyTranscoder("ffmpeg"));
        builder.Services.AddSingleton(new FfmpegVersion("ffmpeg"));
        builder.Services.AddSingleton<IProfileEncoder>(services => new LegacyTranscoderEncoder(
            services.GetRequiredService<LegacyTranscoder>(), services.GetRequiredService<FfmpegVersion>()));

        // How long a video is, so that the cache knows an encode of full length: a profile is stored only then. An encoder that knows says so in its recipe.
        builder.Services.AddSingleton<ISourceProbe>(new FfprobeSourceProbe());

        // Ready-made stages, where the worker has none.
        builder.Services.AddSmartCacheHttpDownloader();
        builder.Services.AddSmartCacheKubo(kubo => kubo.Endpoints.Add(new KuboEndpoint(new Uri("http://127.0.0.1:5001"))));

        // The cache, last: it wraps what is registered by now, and reads the section "Cache" of appsettings.json.
        builder.Services.AddSmartCache();

        return builder.Build();
    }
}
