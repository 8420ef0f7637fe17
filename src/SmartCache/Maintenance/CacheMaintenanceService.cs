using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SmartCache.Maintenance;

/// <summary>
/// Cleans up at start and at each <c>CleanupInterval</c>, and at shutdown gives background saves the time that the host leaves.
/// Never throws: an exception out of a background service would stop the worker's host.
/// </summary>
internal sealed class CacheMaintenanceService(CacheManager cache, TimeProvider time, ILogger logger) : BackgroundService
{
    // Looks this often whether the interval is over, so that a changed interval takes effect and a jumped clock does no harm.
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        var abandoned = await cache.Saves.StopAsync(cancellationToken).ConfigureAwait(false);
        if (abandoned > 0)
        {
            MaintenanceLog.SavesAbandoned(logger, abandoned);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (cache.Settings.Current.Enabled)
        {
            MaintenanceLog.Directory(logger, cache.Directories);
        }

        long? last = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var settings = cache.Settings.Current;
                if (settings.Enabled && (last is null || time.GetElapsedTime(last.Value) >= settings.CleanupInterval))
                {
                    await cache.CleanupAsync(stoppingToken).ConfigureAwait(false);
                    last = time.GetTimestamp();
                }

                var pause = settings.CleanupInterval < LongestPause ? settings.CleanupInterval : LongestPause;
                await Task.Delay(pause, time, stoppingToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                MaintenanceLog.CleanupFailed(logger, exception.GetType().Name);
                last = time.GetTimestamp();
            }
        }
    }
}
