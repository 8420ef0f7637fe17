using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SmartCache.Maintenance;

namespace SmartCache.Hosting;

/// <summary>Verifies the layers one after the other whenever a round is due. Never throws: an exception out of a background service would stop the worker's host.</summary>
internal sealed class VerificationService(CacheManager cache, TimeProvider time, ILogger logger) : BackgroundService
{
    /// <summary>After the start of a worker others come first, and between two looks whether a round is due.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(false);
                foreach (var verifier in cache.Settings.Current.Enabled ? cache.Verifiers : [])
                {
                    await verifier.RunAsync(stoppingToken).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                MaintenanceLog.VerificationFailed(logger, exception.GetType().Name);
            }
        }
    }
}
