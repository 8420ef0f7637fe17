using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SmartCache.Worker.WholeJob;

/// <summary>One attempt in a process of its own, on a host as a worker builds it.</summary>
internal static class JobProcess
{
    public const string WithoutCache = "-";

    /// <summary>Prints the attempt as one line of JSON.</summary>
    public static async Task<int> RunAsync(string root, string work, string node, int number, int nodeTakes)
    {
        var log = new WarningIds();
        var stages = new WorkerStages(node) { NodeTakes = nodeTakes };
        using var host = Build(stages, log, root == WithoutCache ? null : root, static _ => { }, static _ => { });
        await LookAsync(host.Services);
        var seen = await JobAttempt.RunAsync(host.Services, stages, node, new AttemptPlan(work), number, () => log.Said);
        Console.Out.WriteLine(JsonSerializer.Serialize(seen));
        return 0;
    }

    /// <summary>What the cache does when a host starts, to its end, so that no job runs beside it.</summary>
    public static async Task LookAsync(IServiceProvider services)
    {
        if (services.GetService<CacheManager>() is { } cache)
        {
            await cache.StateAtStart.SayAsync(CancellationToken.None);
            await cache.CleanupAsync();
        }
    }

    /// <summary>A host with the stages, and behind <c>AddSmartCache()</c> where there is a root.</summary>
    public static IHost Build(
        WorkerStages stages, ILoggerProvider log, string? root, Action<IServiceCollection> plugIn, Action<IServiceCollection> afterwards, params KeyValuePair<string, string?>[] settings)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(
            [new("Cache:Directory", root), new("Cache:MaxSize", "100MB"), new("Cache:MinFreeSpace", "0"), new("Cache:CleanupInterval", "1d")]);
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddSingleton(log).AddSingleton<IVideoDownloader>(stages).AddSingleton<IProfileEncoder>(stages).AddSingleton<IIpfsUploader>(stages);
        plugIn(builder.Services);
        if (root is not null)
        {
            builder.Services.AddSmartCache();
        }

        afterwards(builder.Services);
        return builder.Build();
    }
}
