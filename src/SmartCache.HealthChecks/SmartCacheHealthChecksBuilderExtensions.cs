using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using SmartCache.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a health check of SmartCache.</summary>
public static class SmartCacheHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check of the cache that <c>AddSmartCache()</c> registers. It is answered from memory and asks the disk nothing, so that it may be asked at any rate, also while
    /// the disk hangs.
    /// </summary>
    /// <param name="builder">The builder of the worker's checks.</param>
    /// <param name="configure">Changes the thresholds. One out of its range fails the start of the host, with an <see cref="OptionsValidationException"/>.</param>
    /// <param name="name">The check's name, which the thresholds have too; another one for each call.</param>
    /// <param name="failureStatus">What is reported in place of <see cref="HealthStatus.Unhealthy"/>; <see langword="null"/> = that.</param>
    /// <param name="tags">Tags, by which the checks of one probe are chosen.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static IHealthChecksBuilder AddSmartCache(
        this IHealthChecksBuilder builder,
        Action<SmartCacheHealthOptions>? configure = null,
        string name = "smartcache",
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var services = builder.Services;
        var options = services.AddOptions<SmartCacheHealthOptions>(name).ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SmartCacheHealthOptions>, HealthOptionsCheck>());
        services.TryAddSingleton<HealthMemory>();

        // The cache is made when the check is asked: what its making throws is a result then, and no end of all checks.
        return builder.Add(new HealthCheckRegistration(name, static provider => new SmartCacheHealthCheck(provider), failureStatus, tags));
    }
}
