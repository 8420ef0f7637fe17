using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Eviction;

namespace SmartCache.Hosting;

/// <summary>What AddSmartCache() knows about one service collection. It stands in that collection itself, so that a second call finds it.</summary>
internal sealed class SmartCacheRegistration
{
    private readonly IServiceCollection _services;
    private readonly IReadOnlyList<StageDecoration> _stages;
    private readonly ServiceDecoration _decoration = new();

    private SmartCacheRegistration(IServiceCollection services, IReadOnlyList<StageDecoration> stages)
    {
        _services = services;
        _stages = stages;
    }

    /// <summary>The configuration that was passed in; null for the container's.</summary>
    public IConfiguration? Configuration { get; set; }

    /// <summary>How many registrations of stages are decorated.</summary>
    public int Decorated => _decoration.Count;

    public IEnumerable<Type> Stages => _stages.Select(stage => stage.Service);

    /// <summary>
    /// Registers what the cache needs, once, and decorates the stages that are registered and not decorated yet: a second call does
    /// nothing to what the first one did, but picks up stages that were added in between.
    /// </summary>
    public static SmartCacheRegistration AddTo(IServiceCollection services, IReadOnlyList<StageDecoration> stages)
    {
        var registration = services.Select(descriptor => descriptor.IsKeyedService ? null : descriptor.ImplementationInstance)
            .OfType<SmartCacheRegistration>().FirstOrDefault();
        if (registration is null)
        {
            registration = new SmartCacheRegistration(services, stages);
            registration.AddServices();
        }

        foreach (var stage in registration._stages)
        {
            registration._decoration.Decorate(services, stage.Service, stage.Decorate);
        }

        return registration;
    }

    /// <summary>Stages that were registered after AddSmartCache(), or in a way that cannot be decorated. Nothing is resolved.</summary>
    public IEnumerable<ServiceDescriptor> FindBypasses() =>
        _services.Where(descriptor => Stages.Contains(descriptor.ServiceType) && !_decoration.Made(descriptor));

    private void AddServices()
    {
        _services.AddOptions();
        _services.TryAddSingleton(TimeProvider.System);
        _services.TryAddSingleton(static provider => new EvictionPolicyCatalog(provider.GetServices<IEvictionPolicy>()));
        _services.TryAddSingleton(static provider => new EvictionPolicyNames(provider.GetRequiredService<EvictionPolicyCatalog>().Names));
        _services.AddSingleton(this);
        _services.AddSingleton(provider => new CacheConfiguration(Configuration ?? provider.GetService<IConfiguration>()));

        // First of all configurations: what is set in code, before or after AddSmartCache(), wins over the section and the environment.
        _services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<CacheOptions>>(provider => provider.GetRequiredService<CacheConfiguration>()));
        _services.AddSingleton<IOptionsChangeTokenSource<CacheOptions>>(provider => provider.GetRequiredService<CacheConfiguration>());
        _services.AddSingleton<ICacheSettingsSource>(provider => new CacheSettingsSource(
            provider.GetRequiredService<IOptionsFactory<CacheOptions>>(),
            provider.GetServices<IOptionsChangeTokenSource<CacheOptions>>(),
            provider.GetRequiredService<CacheConfiguration>(),
            new CacheSettingsParser(provider.GetRequiredService<EvictionPolicyNames>(), Environment.CurrentDirectory),
            provider.GetRequiredService<TimeProvider>(),
            LoggerFor<CacheSettingsSource>(provider)));
        _services.AddSingleton<IHostedService>(provider => new StartupCheck(
            provider.GetRequiredService<ICacheSettingsSource>(),
            this,
            LoggerFor<StartupCheck>(provider)));
        _services.AddSingleton(provider => MakeCache(provider));
        _services.AddSingleton<ICacheManager>(static provider => provider.GetRequiredService<CacheManager>());
        _services.AddSingleton<IHostedService>(static provider => new CacheMaintenanceService(
            provider.GetRequiredService<CacheManager>(),
            provider.GetRequiredService<TimeProvider>(),
            LoggerFor<CacheMaintenanceService>(provider)));
        _services.AddSingleton<IHostedService>(static provider => new VerificationService(
            provider.GetRequiredService<CacheManager>(),
            provider.GetRequiredService<TimeProvider>(),
            LoggerFor<VerificationService>(provider)));
    }

    private CacheManager MakeCache(IServiceProvider provider)
    {
        var logger = LoggerFor<CacheManager>(provider);
        var helpers = new WorkerHelpers(provider, logger);
        return new CacheManager(new CacheServices(provider.GetRequiredService<ICacheSettingsSource>(), logger, provider.GetRequiredService<TimeProvider>())
        {
            Probe = IsRegistered<ISourceProbe>() ? new LateSourceProbe(helpers) : null,
            Presence = IsRegistered<IUploadPresence>() ? new LateUploadPresence(helpers) : null,
            Meters = provider.GetService<IMeterFactory>(),
            Policies = provider.GetRequiredService<EvictionPolicyCatalog>(),
            Helpers = helpers,
        });
    }

    // Nothing is resolved.
    private bool IsRegistered<T>() => _services.Any(static descriptor => descriptor.ServiceType == typeof(T) && !descriptor.IsKeyedService);

    // The one place where the cache gets its loggers. A container without a host has no logging, and the cache works there too.
    private static ILogger LoggerFor<T>(IServiceProvider provider)
    {
        try
        {
            return provider.GetService<ILoggerFactory>() is { } factory ? new GuardedLogger(new SubjectLogger(factory.CreateLogger<T>())) : NullLogger.Instance;
        }
        catch (Exception)
        {
            return NullLogger.Instance;
        }
    }
}
