using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SmartCache;
using SmartCache.Stages;
using SmartCache.Stages.Http;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the HTTP download stage.</summary>
public static class HttpDownloaderServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="HttpVideoDownloader"/> as the <see cref="IVideoDownloader"/>, unless there is one. To be called before <c>AddSmartCache()</c>,
    /// which wraps what is registered. All downloads share one <see cref="HttpClient"/> of the container's.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="configure">Changes the settings. One out of its range fails the start of the host, with an <see cref="OptionsValidationException"/>.</param>
    public static IServiceCollection AddSmartCacheHttpDownloader(this IServiceCollection services, Action<HttpDownloadOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddStageOptions(configure, static (HttpDownloadOptions options) => options.Validated());
        services.TryAddSingleton<HttpDownloadClient>();
        services.TryAddSingleton<IVideoDownloader>(static provider => new HttpVideoDownloader(
            provider.GetRequiredService<HttpDownloadClient>().Client,
            provider.GetRequiredService<IOptions<HttpDownloadOptions>>().Value,
            provider.GetService<TimeProvider>(),
            provider.GetService<ILogger<HttpVideoDownloader>>()));
        return services;
    }
}
