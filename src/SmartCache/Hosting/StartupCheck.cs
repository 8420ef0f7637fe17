using Microsoft.Extensions.DependencyInjection;
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
        foreach (var descriptor in registration.FindBypasses())
        {
            logger.StageBypassesCache(Implementation(descriptor), descriptor.ServiceType.Name, descriptor.IsKeyedService ? $" with the key {KeyName(descriptor.ServiceKey)}" : "");
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

    private static string Implementation(ServiceDescriptor descriptor) => (descriptor.IsKeyedService
        ? descriptor.KeyedImplementationType ?? descriptor.KeyedImplementationInstance?.GetType()
        : descriptor.ImplementationType ?? descriptor.ImplementationInstance?.GetType())?.Name ?? "A factory";

    private static string KeyName(object? key) => ReferenceEquals(key, KeyedService.AnyKey) ? "AnyKey" : $"{key}";
}
