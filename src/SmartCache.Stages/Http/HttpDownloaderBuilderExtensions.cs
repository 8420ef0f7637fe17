using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SmartCache;
using SmartCache.Stages;
using SmartCache.Stages.Http;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Gives SmartCache the HTTP download stage.</summary>
public static class HttpDownloaderBuilderExtensions
{
    /// <summary>
    /// Registers <see cref="HttpVideoDownloader"/> as the <see cref="IVideoDownloader"/>, unless there is one, with the cache in front of it.
    /// All downloads share one <see cref="HttpClient"/> of the container's.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Changes the settings. One out of its range fails the start of the host, with an <see cref="OptionsValidationException"/>.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static ISmartCacheBuilder UseHttpDownloader(this ISmartCacheBuilder builder, Action<HttpDownloadOptions>? configure = null) => builder.UseStage(services =>
    {
        services.AddStageOptions(configure, static (HttpDownloadOptions options) => options.Validated());
        services.TryAddSingleton<HttpDownloadClient>();
        services.TryAddSingleton<IVideoDownloader>(static provider => new HttpVideoDownloader(
            provider.GetRequiredService<HttpDownloadClient>().Client,
            provider.GetRequiredService<IOptions<HttpDownloadOptions>>().Value,
            provider.GetService<TimeProvider>(),
            provider.GetService<ILogger<HttpVideoDownloader>>()));
    });
}
