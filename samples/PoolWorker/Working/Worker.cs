using System.Text.Json;
using EncoderWorker.Hosting;
using EncoderWorker.Publishing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SmartCache;

namespace PoolWorker.Working;

/// <summary>A worker of the pool: its settings are arguments, its jobs run all at once, each tells its row on a line of its own.</summary>
internal static class Worker
{
    public const string Row = "row ";

    public static async Task<int> RunAsync(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        // Standard output is what the demonstration reads; the log goes to the other stream.
        builder.Logging.ClearProviders().AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning).AddFilter("SmartCache", LogLevel.Information);
        var settings = builder.Configuration.GetRequiredSection("Worker");
        builder.AddSmartCache()
            .UseHttpDownloader()
            .UseFfmpeg(ffmpeg => ffmpeg.SegmentDuration = TimeSpan.FromSeconds(2))
            .UseS3Remote();
        builder.Services
            .AddSingleton(_ => new PublishFolder(settings["Publish"]!))
            .AddSingleton<PublishFolderUploader>()
            .AddSingleton<IIpfsUploader>(provider => provider.GetRequiredService<PublishFolderUploader>())
            .AddSingleton<IUploadPresence>(provider => provider.GetRequiredService<PublishFolderUploader>());

        // What makes it a demonstration: it counts.
        builder.Services.Decorate<IVideoDownloader>((inner, _) => new CountedDownloader(inner));
        builder.Services.Decorate<IProfileEncoder>((inner, _) => new CountedEncoder((ILadderEncoder)inner));
        builder.Services.Decorate<IIpfsUploader>((inner, _) => new TimedUploader(inner));
        builder.Services.AddSingleton<PoolJob>();

        using var counted = InnerWork.Listen();
        using var host = builder.Build();
        await host.StartAsync();
        var job = host.Services.GetRequiredService<PoolJob>();
        var rows = await Task.WhenAll(settings["Videos"]!.Split(' ').Select(url => Task.Run(() => RunAsync(job, settings, url))));
        await host.StopAsync();
        return rows.All(row => row.Succeeded) ? 0 : 1;
    }

    private static async Task<JobRow> RunAsync(PoolJob job, IConfigurationSection settings, string url)
    {
        var row = await job.RunAsync(settings["Host"]!, url, settings["Work"]!, settings["Profiles"]!);
        Console.WriteLine(Row + JsonSerializer.Serialize(row, JsonSerializerOptions.Web));
        return row;
    }
}
