using Microsoft.Extensions.DependencyInjection;
using SmartCache;
using SmartCache.Hosting;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds SmartCache to a host.</summary>
public static class SmartCacheHostApplicationBuilderExtensions
{
    /// <summary>
    /// Adds the cache and puts it in front of every <see cref="IVideoDownloader"/>, <see cref="IProfileEncoder"/> and <see cref="IIpfsUploader"/> that is registered
    /// when the host is built.
    /// </summary>
    /// <remarks>
    /// The order of the registrations does not matter, and the host's container is left as it is, with its validation of scopes. Not for a host whose container takes
    /// registrations of its own beside <see cref="IHostApplicationBuilder.Services"/>: those are never seen. What bypasses the cache is named when the host starts.
    /// </remarks>
    /// <param name="builder">The host's builder.</param>
    /// <param name="configure">Changes the options after the configuration was bound to them.</param>
    /// <returns>A builder for stages and settings.</returns>
    public static ISmartCacheBuilder AddSmartCache(this IHostApplicationBuilder builder, Action<CacheOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var registration = SmartCacheRegistration.AddTo(builder.Services, StageDecoration.All, atBuild: true);
        HostBuildHook.Attach(builder, registration.Decorate);
        var cache = new SmartCacheBuilder(builder.Services);
        return configure is null ? cache : cache.Configure(configure);
    }
}
