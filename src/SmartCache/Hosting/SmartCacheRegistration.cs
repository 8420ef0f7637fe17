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

    /// <summary>Whether the stages are decorated when the host is built, and that has not come yet.</summary>
    public bool WaitsForHost { get; private set; }

    /// <summary>
    /// Registers what the cache needs, once, and decorates the stages that are registered and not decorated yet: a later call does
    /// nothing to what an earlier one did, but picks up stages that were added in between.
    /// </summary>
    /// <param name="services">The worker's services.</param>
    /// <param name="stages">The stages and their decorators.</param>
    /// <param name="atBuild">
    /// Whether <see cref="Decorate"/> will be called when all is registered. Nothing is decorated before: a decorator of the worker's own that was added in between
    /// would hide that its stage is decorated, and a cache around a cache waits for itself.
    /// </param>
    public static SmartCacheRegistration AddTo(IServiceCollection services, IReadOnlyList<StageDecoration> stages, bool atBuild = false)
    {
        var registration = services.Select(descriptor => descriptor.IsKeyedService ? null : descriptor.ImplementationInstance)
            .OfType<SmartCacheRegistration>().FirstOrDefault();
        if (registration is null)
        {
            registration = new SmartCacheRegistration(services, stages);
            registration.AddServices();
        }

        registration.WaitsForHost |= atBuild;
        if (!registration.WaitsForHost)
        {
            registration.Decorate();
        }

        return registration;
    }

    /// <summary>Decorates the stages that are registered and not decorated yet.</summary>
    public void Decorate()
    {
        WaitsForHost = false;
        foreach (var stage in _stages)
        {
            _decoration.Decorate(_services, stage.Service, stage.Decorate);
        }
    }

    /// <inheritdoc cref="ServiceDecoration.FindUndecorated"/>
    public Func<IServiceProvider, object>? FindUndecorated(Type service, object? key) => _decoration.FindUndecorated(_services, service, key);

    /// <summary>Stages that bypass the cache, each with what to do about it. Nothing is resolved.</summary>
    public IEnumerable<(ServiceDescriptor Stage, string Advice)> FindBypasses() => _services
        .Where(descriptor => Stages.Contains(descriptor.ServiceType) && !_decoration.Made(descriptor))
        .Select(descriptor => (descriptor,
            !ServiceDecoration.CanDecorate(_services, descriptor) ? "It cannot be decorated; register it under one key, and with a type that does not ask for its key."
            : WaitsForHost ? $"The host did not say when it was built; call services.AddSmartCache() after this line: {RegistrationLine.Of(descriptor)}"
            : $"It was registered after AddSmartCache(). Move this line above it: {RegistrationLine.Of(descriptor)}"));

    private void AddServices()
    {
        _services.AddOptions();
        _services.TryAddSingleton(TimeProvider.System);
        _services.TryAddSingleton(static provider => new EvictionPolicyCatalog(provider.GetServices<IEvictionPolicy>()));
        _services.TryAddSingleton(static provider => new EvictionPolicyNames(provider.GetRequiredService<EvictionPolicyCatalog>().Names));
        _services.AddSingleton(this);
        _services.AddSingleton(provider => new CacheConfiguration(Configuration ?? provider.GetService<IConfiguration>(), provider.GetServices<OwnedSection>()));

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
        _services.AddSingleton<IHostedService>(static provider => new WarmingService(
            provider,
            provider.GetRequiredService<CacheManager>(),
            provider.GetRequiredService<TimeProvider>(),
            LoggerFor<WarmingService>(provider)));
    }

    private CacheManager MakeCache(IServiceProvider provider)
    {
        var logger = LoggerFor<CacheManager>(provider);
        var helpers = new WorkerHelpers(provider, logger);
        return new CacheManager(new CacheServices(provider.GetRequiredService<ICacheSettingsSource>(), logger, provider.GetRequiredService<TimeProvider>())
        {
            Probe = IsRegistered<ISourceProbe>() ? new LateSourceProbe(helpers) : null,
            Presence = IsRegistered<IUploadPresence>() ? new LateUploadPresence(helpers) : null,
            Downloaders = new RegisteredDownloaders(provider, this),
            Store = IsRegistered<IObjectStore>() ? helpers.Get<IObjectStore> : null,
            Leases = IsRegistered<IWorkLeases>() ? helpers.Get<IWorkLeases> : null,
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
