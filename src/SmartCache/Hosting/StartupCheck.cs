using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SmartCache.Configuration;

namespace SmartCache.Hosting;

/// <summary>
/// Runs before any other hosted service starts. That it asks for the settings makes invalid ones fail the start; then it says when the
/// cache is not where the worker believes it to be. It reads registrations only: resolving a scoped stage here would be an error.
/// </summary>
internal sealed class StartupCheck(ICacheSettingsSource settings, SmartCacheRegistration registration, ILogger logger) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _ = settings.Current;
        foreach (var (stage, advice) in registration.FindBypasses())
        {
            var key = stage.IsKeyedService ? $" with the key {RegistrationLine.KeyOf(stage)}" : "";
            logger.StageBypassesCache(RegistrationLine.ImplementationOf(stage) ?? "A factory", stage.ServiceType.Name, key, advice);
        }

        if (registration.Decorated == 0)
        {
            logger.NoStageDecorated(string.Join(", ", registration.Stages.Select(stage => stage.Name)));
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
