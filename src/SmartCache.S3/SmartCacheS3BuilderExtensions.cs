using SmartCache;
using SmartCache.S3;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Gives SmartCache a bucket that a pool of workers shares.</summary>
public static class SmartCacheS3BuilderExtensions
{
    /// <summary>Adds S3 as the remote tier's store. It is used where <c>Cache:Remote:Mode</c> says so.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Changes the options after the section <c>Cache:Remote:S3</c> was bound to them.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static ISmartCacheBuilder UseS3Remote(this ISmartCacheBuilder builder, Action<S3RemoteOptions>? configure = null) =>
        builder.UseRemoteStore("S3", (_, section) =>
        {
            var options = S3RemoteOptions.From(section);
            configure?.Invoke(options);
            return S3RemoteStore.Create(options);
        });
}
