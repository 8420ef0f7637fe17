using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SmartCache;
using SmartCache.Stages;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the ffmpeg stages.</summary>
public static class FfmpegServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="FfmpegProfileEncoder"/> as the <see cref="IProfileEncoder"/> and <see cref="FfprobeSourceProbe"/> as the <see cref="ISourceProbe"/>,
    /// each unless there is one. To be called before <c>AddSmartCache()</c>, which wraps what is registered.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="configure">Changes the encoder's settings.</param>
    /// <param name="configureProbe">Changes the probe's settings.</param>
    public static IServiceCollection AddSmartCacheFfmpeg(
        this IServiceCollection services, Action<FfmpegOptions>? configure = null, Action<FfprobeOptions>? configureProbe = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddStageOptions(configure, static (FfmpegOptions options) => options.Validated());
        services.AddStageOptions(configureProbe, static (FfprobeOptions options) => options.Validated());
        services.TryAddSingleton<ISourceProbe>(static provider => new FfprobeSourceProbe(
            provider.GetRequiredService<IOptions<FfprobeOptions>>().Value,
            provider.GetService<TimeProvider>()));
        services.TryAddSingleton<IProfileEncoder>(static provider => new FfmpegProfileEncoder(
            provider.GetRequiredService<IOptions<FfmpegOptions>>().Value,
            provider.GetService<ISourceProbe>(),
            provider.GetService<TimeProvider>(),
            provider.GetService<ILogger<FfmpegProfileEncoder>>()));
        return services;
    }
}
