using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SmartCache.Torture.Workload;

/// <summary>A worker's container: the three stub stages, then the cache in front of them, as any worker registers it.</summary>
internal static class TortureServices
{
    public static ServiceProvider Build(RunPaths paths, Content content, long maxSize, SplitMix random, LineFile ledger, Action<string> violate, Action<LogLevel, string> log, bool hurries = false, string? history = null, bool isShared = false, TimeProvider? time = null, string? confirmationsFlush = null, string? materialize = null, bool checkpoints = false, IObjectStore? store = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton(time ?? TimeProvider.System);
        services.AddLogging(logging => logging.AddProvider(new ReportingLoggerProvider(log)));
        services.AddSingleton<IVideoDownloader>(new StubDownloader(content, random, violate, hurries));
        services.AddSingleton<IProfileEncoder>(new StubEncoder(content, random, hurries));
        services.AddSingleton<IIpfsUploader>(new StubUploader(ledger, random, violate));
        var builder = services.AddSmartCache(options =>
        {
            options.Directory = paths.Cache;
            options.MaxSize = maxSize.ToString(CultureInfo.InvariantCulture);
            options.MinFreeSpace = "0";
            options.LockTimeout = "60s";
            options.OperationTimeout = "30s"; // four processes on two cores, and a disk that flushes for all of them
            options.TrustUploads = "24h";
            options.ConfirmationsFlush = confirmationsFlush;
            options.Materialize = materialize;
            options.History = history ?? "Off";
            options.Checkpoints.Mode = checkpoints ? "On" : "Off";
            options.Checkpoints.MinWork = "0s";
            options.Remote.Mode = store is null ? "Off" : "ReadWrite";

            // One at a time, and nobody else to wait for: the same steps each time.
            options.Remote.Uploads = "1";
            options.Remote.Coordinate = "Off";
            options.DirectoryMode = isShared ? "0770" : "0700";
        });
        if (store is not null)
        {
            builder.UseRemoteStore(_ => store);
        }

        return services.BuildServiceProvider();
    }
}
