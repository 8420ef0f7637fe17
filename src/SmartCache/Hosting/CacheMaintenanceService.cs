using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SmartCache.Maintenance;

namespace SmartCache.Hosting;

/// <summary>
/// Cleans up at start and at each <c>CleanupInterval</c>, shrinks the cache as soon as a limit is crossed, and at shutdown gives background saves the time that the host leaves.
/// Never throws: an exception out of a background service would stop the worker's host.
/// </summary>
internal sealed class CacheMaintenanceService(CacheManager cache, TimeProvider time, ILogger logger) : BackgroundService
{
    // Looks this often whether the interval is over, so that a changed interval takes effect and a jumped clock does no harm, and whether another program
    // fills the disk: one that writes 200 MB/s takes 1 GB meanwhile, a fifth of the default floor.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Where nothing could go, it is not tried again before this.</summary>
    private static readonly TimeSpan RestAfterNothing = TimeSpan.FromMinutes(1);

    private long? _last;
    private long? _nothingSince;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        cache.Prefetcher.Stop();
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

        try
        {
            await cache.StateAtStart.SayAsync(stoppingToken).ConfigureAwait(false);
            while (!stoppingToken.IsCancellationRequested)
            {
                await LookAsync(stoppingToken).ConfigureAwait(false);

                // Also after a fault, or one that stays would take a core and fill the log.
                var interval = cache.Settings.Current.CleanupInterval;
                await Task.Delay(interval < LongestPause ? interval : LongestPause, time, stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task LookAsync(CancellationToken stoppingToken)
    {
        try
        {
            var settings = cache.Settings.Current;
            if (settings.Enabled && (_last is null || time.GetElapsedTime(_last.Value) >= settings.CleanupInterval))
            {
                await cache.CleanupAsync(stoppingToken).ConfigureAwait(false);
                _last = time.GetTimestamp();
            }
            else if (settings.Enabled)
            {
                await RelieveAsync(stoppingToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            MaintenanceLog.CleanupFailed(logger, exception.GetType().Name);
            _last = _nothingSince = time.GetTimestamp();
        }
    }

    private async Task RelieveAsync(CancellationToken stoppingToken)
    {
        if ((_nothingSince is { } since && time.GetElapsedTime(since) < RestAfterNothing) || !await cache.IsOverLimitAsync(stoppingToken).ConfigureAwait(false))
        {
            return;
        }

        var evicted = await cache.Cleaner.RelieveAsync(stoppingToken).ConfigureAwait(false);

        // Where only the count was lacking there is nothing to rest from: who rested would leave the account without one when it is lost again.
        _nothingSince = evicted > 0 || !await cache.IsOverLimitAsync(stoppingToken).ConfigureAwait(false) ? null : time.GetTimestamp();
    }
}
