using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SmartCache.Diagnostics;
using SmartCache.Prefetch;

namespace SmartCache.Hosting;

/// <summary>
/// Asks the worker's warmers at the start and at each <c>Cache:Warm:Interval</c>. Without an interval it makes none of them and sleeps until the settings change; without a warmer it ends. Never throws: an exception out of a background
/// service would stop the worker's host.
/// </summary>
internal sealed class WarmingService(IServiceProvider provider, CacheManager cache, TimeProvider time, ILogger logger) : BackgroundService
{
    // How soon an interval that was changed takes effect.
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private long? _last;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Whatever a warmer does before its first wait is not the host's start.
        await Task.Yield();
        if (provider.GetService<IServiceProviderIsService>()?.IsService(typeof(ICacheWarmer)) == false)
        {
            // And none can come.
            return;
        }

        var warming = new Warming(cache.Prefetcher, cache.SourceStore.Catalog, logger);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var changed = cache.Settings.Changed;
                var interval = cache.Settings.Current is { Enabled: true } current ? current.WarmInterval : TimeSpan.Zero;
                if (interval <= TimeSpan.Zero)
                {
                    await changed.WaitAsync(stoppingToken).ConfigureAwait(false);
                    continue;
                }

                if (_last is not { } last || time.GetElapsedTime(last) >= interval)
                {
                    _last = time.GetTimestamp();
                    await RunApartAsync(warming, stoppingToken).ConfigureAwait(false);
                }

                await Task.Delay(LongestPause, time, stoppingToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                PrefetchLog.WarmerFailed(logger, nameof(ICacheWarmer), FailureNames.Of(exception));
            }
        }
    }

    // A warmer that does not heed its token is left to itself: what the host gives for its end is for the jobs. Its scope ends with it.
    private Task RunApartAsync(Warming warming, CancellationToken stoppingToken)
    {
        var round = Task.Run(() => RunAsync(warming, stoppingToken), CancellationToken.None);
        _ = round.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return round.WaitAsync(stoppingToken);
    }

    private async Task RunAsync(Warming warming, CancellationToken stoppingToken)
    {
        var scope = provider.CreateAsyncScope();
        await using var held = scope.ConfigureAwait(false);
        ICacheWarmer[] warmers = [.. scope.ServiceProvider.GetServices<ICacheWarmer>()];
        if (warmers.Length > 0)
        {
            await warming.RunAsync(warmers, stoppingToken).ConfigureAwait(false);
        }
    }
}
