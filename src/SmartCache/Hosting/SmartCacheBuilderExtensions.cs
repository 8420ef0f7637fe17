using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using SmartCache;
using SmartCache.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Gives SmartCache a worker's stages and settings.</summary>
public static class SmartCacheBuilderExtensions
{
    /// <summary>Adds a download stage, as a singleton, with the cache in front of it.</summary>
    /// <typeparam name="TDownloader">The worker's downloader.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static ISmartCacheBuilder UseDownloader<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TDownloader>(this ISmartCacheBuilder builder)
        where TDownloader : class, IVideoDownloader =>
        builder.UseStage(static services => services.AddSingleton<IVideoDownloader, TDownloader>());

    /// <summary>Adds a download stage that <paramref name="make"/> makes, as a singleton, with the cache in front of it.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="make">Makes the worker's downloader.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static ISmartCacheBuilder UseDownloader(this ISmartCacheBuilder builder, Func<IServiceProvider, IVideoDownloader> make) =>
        builder.UseStage(services => services.AddSingleton(make));

    /// <summary>Adds an encode stage, as a singleton, with the cache in front of it.</summary>
    /// <typeparam name="TEncoder">The worker's encoder.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static ISmartCacheBuilder UseEncoder<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TEncoder>(this ISmartCacheBuilder builder)
        where TEncoder : class, IProfileEncoder =>
        builder.UseStage(static services => services.AddSingleton<IProfileEncoder, TEncoder>());

    /// <summary>Adds an encode stage that <paramref name="make"/> makes, as a singleton, with the cache in front of it.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="make">Makes the worker's encoder.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static ISmartCacheBuilder UseEncoder(this ISmartCacheBuilder builder, Func<IServiceProvider, IProfileEncoder> make) =>
        builder.UseStage(services => services.AddSingleton(make));

    /// <summary>Adds an upload stage, as a singleton, with the cache in front of it.</summary>
    /// <typeparam name="TUploader">The worker's uploader.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static ISmartCacheBuilder UseUploader<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TUploader>(this ISmartCacheBuilder builder)
        where TUploader : class, IIpfsUploader =>
        builder.UseStage(static services => services.AddSingleton<IIpfsUploader, TUploader>());

    /// <summary>Adds an upload stage that <paramref name="make"/> makes, as a singleton, with the cache in front of it.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="make">Makes the worker's uploader.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static ISmartCacheBuilder UseUploader(this ISmartCacheBuilder builder, Func<IServiceProvider, IIpfsUploader> make) =>
        builder.UseStage(services => services.AddSingleton(make));

    /// <summary>Changes settings in code; they win over the configuration.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Changes the options after the configuration was bound to them.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static ISmartCacheBuilder Configure(this ISmartCacheBuilder builder, Action<CacheOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure(configure);
        return builder;
    }

    /// <summary>Adds the object store that a pool of workers shares. It is used where <c>Cache:Remote:Mode</c> says so.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="make">Makes the adaptor, at its first use.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static ISmartCacheBuilder UseRemoteStore(this ISmartCacheBuilder builder, Func<IServiceProvider, IObjectStore> make)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(make);
        builder.Services.AddSingleton(make);
        return builder;
    }

    /// <summary>The same for a package whose adaptor has settings of its own below <c>Cache:Remote</c>.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="section">Their section, such as <c>S3</c>.</param>
    /// <param name="make">Makes the adaptor, at its first use, from the section; <see langword="null"/> where there is no configuration.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static ISmartCacheBuilder UseRemoteStore(this ISmartCacheBuilder builder, string section, Func<IServiceProvider, IConfiguration?, IObjectStore> make)
    {
        ArgumentException.ThrowIfNullOrEmpty(section);
        ArgumentNullException.ThrowIfNull(make);
        var path = "Remote:" + section;
        builder.UseRemoteStore(provider => make(provider, provider.GetRequiredService<CacheConfiguration>().Section(path)));
        builder.Services.AddSingleton(new OwnedSection(path));
        return builder;
    }

    /// <summary>Registers a stage in a way of its own, and puts the cache in front of it.</summary>
    /// <remarks>For packages that bring stages.</remarks>
    /// <param name="builder">The builder.</param>
    /// <param name="register">Registers the stage, of any lifetime and key.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static ISmartCacheBuilder UseStage(this ISmartCacheBuilder builder, Action<IServiceCollection> register)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(register);
        register(builder.Services);

        // A later call adds nothing but the decoration of what came in between.
        builder.Services.AddSmartCache();
        return builder;
    }
}
