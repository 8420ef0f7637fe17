using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SmartCache;
using SmartCache.FFMpegCore;
using SmartCache.Stages;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Gives SmartCache the ffmpeg stages.</summary>
public static class FfmpegBuilderExtensions
{
    /// <summary>
    /// Registers <see cref="FfmpegProfileEncoder"/> as the <see cref="IProfileEncoder"/> and <see cref="FfprobeSourceProbe"/> as the <see cref="ISourceProbe"/>,
    /// each unless there is one, with the cache in front of it.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Changes the encoder's settings.</param>
    /// <param name="configureProbe">Changes the probe's settings.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static ISmartCacheBuilder UseFfmpeg(
        this ISmartCacheBuilder builder, Action<FfmpegOptions>? configure = null, Action<FfprobeOptions>? configureProbe = null) => builder.UseStage(services =>
    {
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
    });
}
