using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmartCache;
using SmartCache.FFMpegCore;

namespace Adoption;

public static class WorkerHost
{
    public static IHost Build(string[] args, params Uri[] nodes)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddSingleton(new HttpClient());
        builder.Services.AddSingleton<IReadOnlyList<Uri>>(nodes);
        builder.Services.AddSingleton<IVideoDownloader, VideoDownloader>();
        builder.Services.AddSingleton<IProfileEncoder, LadderEncoder>();
        builder.Services.AddSingleton<IIpfsUploader, IpfsUploader>();
        builder.Services.AddSingleton<JobRunner>();
        builder.Services.AddSingleton<FfmpegVersion>();
        builder.Services.AddSingleton<ISourceProbe, FfprobeSourceProbe>();
        builder.AddSmartCache();
        return builder.Build();
    }
}
