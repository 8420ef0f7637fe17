using Microsoft.Extensions.Configuration;
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
            var options = Bind(section);
            configure?.Invoke(options);
            return S3RemoteStore.Create(options);
        });

    // By hand, so that nothing is lost to trimming.
    private static S3RemoteOptions Bind(IConfiguration? section) => new()
    {
        Endpoint = section?[nameof(S3RemoteOptions.Endpoint)],
        Bucket = section?[nameof(S3RemoteOptions.Bucket)],
        Region = section?[nameof(S3RemoteOptions.Region)],
        PathStyle = section?[nameof(S3RemoteOptions.PathStyle)],
        Profile = section?[nameof(S3RemoteOptions.Profile)],
        AccessKey = section?[nameof(S3RemoteOptions.AccessKey)],
        SecretKey = section?[nameof(S3RemoteOptions.SecretKey)],
        Encryption = section?[nameof(S3RemoteOptions.Encryption)],
    };
}
