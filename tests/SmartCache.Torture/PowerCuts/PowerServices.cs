using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.PowerCuts;

/// <summary>A container with the cache in it, of a worker or of the audit.</summary>
internal static class PowerServices
{
    /// <summary>Enough for all that the workers do.</summary>
    public const long Room = 120_000_000;

    public static ServiceProvider Build(string root, PowerContent content, long maxSize, Func<int, int> version, Action<LogLevel, string> log, string? history = null, IObjectStore? store = null)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(new ReportingLoggerProvider(log)));
        services.AddSingleton<IVideoDownloader>(new OriginDownloader(content, version));
        services.AddSingleton<IProfileEncoder>(new StubEncoder(content.Encodes, new SplitMix(1), hurries: true));
        var builder = services.AddSmartCache(options =>
        {
            options.Directory = root;
            options.MaxSize = maxSize.ToString(CultureInfo.InvariantCulture);
            options.MinFreeSpace = "0";
            options.LockTimeout = "60s";
            options.OperationTimeout = "60s"; // four processes on two cores, a disk that is a Python script, and strace perhaps
            options.TrustUploads = "24h";
            options.History = history ?? "Off";
            options.Remote.Mode = store is null ? "Off" : "ReadWrite";
            options.Remote.Coordinate = "Off";
        });
        if (store is not null)
        {
            builder.UseRemoteStore(_ => store);
        }

        return services.BuildServiceProvider();
    }

    private sealed class OriginDownloader(PowerContent content, Func<int, int> version) : IVideoDownloader
    {
        public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            var source = PowerContent.SourceOf(request.Source);
            var bytes = content.Source(source, version(source));
            await File.WriteAllBytesAsync(request.DestinationPath, bytes, cancellationToken);
            return new DownloadedVideo(request.DestinationPath, bytes.Length);
        }
    }
}
