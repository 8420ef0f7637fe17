using Microsoft.Extensions.Configuration;
using SmartCache;
using SmartCache.Configuration;
using SmartCache.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds SmartCache to a worker.</summary>
public static class SmartCacheServiceCollectionExtensions
{
    /// <summary>
    /// Adds the cache and puts it in front of every <see cref="IVideoDownloader"/>, <see cref="IProfileEncoder"/> and
    /// <see cref="IIpfsUploader"/> that is registered by now, whatever its lifetime, key and kind of registration.
    /// </summary>
    /// <remarks>
    /// Give the stages to the builder that comes back, or call this after they are registered: one that is registered later bypasses the cache, which the start of the
    /// host reports as an error. A later call changes nothing twice; it picks up stages that were registered since the first. With the builder of a host,
    /// <c>builder.AddSmartCache()</c>, the order does not matter at all.
    /// Settings come from the section <c>Cache</c> of the container's <see cref="IConfiguration"/>, if there is one, and from the
    /// <c>CACHE_…</c> environment names read through it, which win over the section.
    /// </remarks>
    /// <param name="services">The worker's services.</param>
    /// <returns>A builder for stages and settings.</returns>
    public static ISmartCacheBuilder AddSmartCache(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        SmartCacheRegistration.AddTo(services, StageDecoration.All);
        return new SmartCacheBuilder(services);
    }

    /// <summary>As <see cref="AddSmartCache(IServiceCollection)"/>, with settings made in code; they win over the configuration.</summary>
    /// <param name="services">The worker's services.</param>
    /// <param name="configure">Changes the options after the configuration was bound to them.</param>
    /// <returns>A builder for stages and settings.</returns>
    public static ISmartCacheBuilder AddSmartCache(this IServiceCollection services, Action<CacheOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services.AddSmartCache().Configure(configure);
    }

    /// <summary>As <see cref="AddSmartCache(IServiceCollection)"/>, with a configuration that need not be in the container.</summary>
    /// <param name="services">The worker's services.</param>
    /// <param name="configuration">The root, or the section that contains the section <c>Cache</c>; not <c>Cache</c> itself, because the environment names stand beside it.</param>
    /// <returns>A builder for stages and settings.</returns>
    /// <exception cref="ArgumentException"><paramref name="configuration"/> is the section <c>Cache</c> itself.</exception>
    public static ISmartCacheBuilder AddSmartCache(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        if (configuration is IConfigurationSection section
            && section.Key.Equals(SettingTable.Section, StringComparison.OrdinalIgnoreCase)
            && !section.GetSection(SettingTable.Section).Exists())
        {
            throw new ArgumentException($"Pass the configuration that contains the section {SettingTable.Section}, not the section itself.", nameof(configuration));
        }

        SmartCacheRegistration.AddTo(services, StageDecoration.All).Configuration = configuration;
        return new SmartCacheBuilder(services);
    }
}
