using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SmartCache;
using SmartCache.Stages;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Gives SmartCache the Kubo uploader.</summary>
public static class KuboBuilderExtensions
{
    /// <summary>
    /// Registers <see cref="KuboUploader"/> as the <see cref="IIpfsUploader"/> and the <see cref="IUploadPresence"/>, each unless
    /// the worker has one, with the cache in front of it. A registered <see cref="IKuboTargetSelector"/> is used.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static ISmartCacheBuilder UseKubo(this ISmartCacheBuilder builder, Action<KuboOptions> configure) => builder.UseStage(services =>
    {
        services.AddStageOptions(configure, static (KuboOptions options) => options.Validate());
        services.TryAddSingleton(provider => new KuboUploader(
            provider.GetRequiredService<IOptions<KuboOptions>>().Value,
            provider.GetService<IKuboTargetSelector>(),
            provider.GetService<ILogger<KuboUploader>>(),
            provider.GetService<TimeProvider>()));
        services.TryAddSingleton<IIpfsUploader>(provider => provider.GetRequiredService<KuboUploader>());
        services.TryAddSingleton<IUploadPresence>(provider => provider.GetRequiredService<KuboUploader>());
    });

    /// <summary>The same, for a registered <see cref="IKuboTargetSelector"/> that names the nodes.</summary>
    /// <param name="builder">The builder.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static ISmartCacheBuilder UseKubo(this ISmartCacheBuilder builder) => builder.UseKubo(static _ => { });

    /// <summary>The same with one node.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="endpoint">Base of the node's RPC: <c>http://127.0.0.1:5001</c>.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static ISmartCacheBuilder UseKubo(this ISmartCacheBuilder builder, Uri endpoint) =>
        builder.UseKubo(options => options.Endpoints.Add(new KuboEndpoint(endpoint)));
}
