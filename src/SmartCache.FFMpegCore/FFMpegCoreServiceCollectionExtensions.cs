using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SmartCache;
using SmartCache.FFMpegCore;
using SmartCache.Stages;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the stages on FFMpegCore.</summary>
public static class FFMpegCoreServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="FFMpegCoreProfileEncoder"/> as the <see cref="IProfileEncoder"/> and <see cref="FFMpegCoreSourceProbe"/> as the <see cref="ISourceProbe"/>,
    /// each unless there is one. To be called before <c>AddSmartCache()</c>, which wraps what is registered.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="configure">Sets <see cref="FFMpegCoreOptions.Output"/> at least.</param>
    public static IServiceCollection AddSmartCacheFFMpegCore(this IServiceCollection services, Action<FFMpegCoreOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddStageOptions(configure, static (FFMpegCoreOptions options) => options.Validated());
        services.TryAddSingleton<ISourceProbe>(static provider => new FFMpegCoreSourceProbe(
            provider.GetRequiredService<IOptions<FFMpegCoreOptions>>().Value.FFOptions,
            timeProvider: provider.GetService<TimeProvider>()));
        services.TryAddSingleton<IProfileEncoder>(static provider => new FFMpegCoreProfileEncoder(
            provider.GetRequiredService<IOptions<FFMpegCoreOptions>>().Value,
            provider.GetService<ISourceProbe>(),
            provider.GetService<TimeProvider>(),
            provider.GetService<ILogger<FFMpegCoreProfileEncoder>>()));
        return services;
    }
}
