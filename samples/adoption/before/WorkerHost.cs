using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Adoption;

public static class WorkerHost
{
    public static IHost Build(string[] args, params Uri[] nodes)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddSingleton(new HttpClient());
        builder.Services.AddSingleton<IReadOnlyList<Uri>>(nodes);
        builder.Services.AddSingleton<VideoDownloader>();
        builder.Services.AddSingleton<LadderEncoder>();
        builder.Services.AddSingleton<IpfsUploader>();
        builder.Services.AddSingleton<JobRunner>();
        return builder.Build();
    }
}
