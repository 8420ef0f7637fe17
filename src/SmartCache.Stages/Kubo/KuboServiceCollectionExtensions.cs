using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SmartCache;
using SmartCache.Stages;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the Kubo uploader.</summary>
public static class KuboServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="KuboUploader"/> as the <see cref="IIpfsUploader"/> and the <see cref="IUploadPresence"/>, each unless
    /// the worker has one. Call it before <c>AddSmartCache()</c>. A registered <see cref="IKuboTargetSelector"/> is used.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddSmartCacheKubo(this IServiceCollection services, Action<KuboOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddStageOptions(configure, static (KuboOptions options) => options.Validate());
        services.TryAddSingleton(provider => new KuboUploader(
            provider.GetRequiredService<IOptions<KuboOptions>>().Value,
            provider.GetService<IKuboTargetSelector>(),
            provider.GetService<ILogger<KuboUploader>>(),
            provider.GetService<TimeProvider>()));
        services.TryAddSingleton<IIpfsUploader>(provider => provider.GetRequiredService<KuboUploader>());
        services.TryAddSingleton<IUploadPresence>(provider => provider.GetRequiredService<KuboUploader>());
        return services;
    }

    /// <summary>The same with one node.</summary>
    /// <param name="services">The services.</param>
    /// <param name="endpoint">Base of the node's RPC: <c>http://127.0.0.1:5001</c>.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddSmartCacheKubo(this IServiceCollection services, Uri endpoint) =>
        services.AddSmartCacheKubo(options => options.Endpoints.Add(new KuboEndpoint(endpoint)));
}
