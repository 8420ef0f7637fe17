using Microsoft.Extensions.DependencyInjection;

namespace SmartCache.Hosting;

/// <summary>A stage interface and how its registrations are wrapped.</summary>
internal sealed record StageDecoration(Type Service, Func<IServiceProvider, object, object> Decorate)
{
    /// <summary>The stages of a worker, each with its decorator. A stage that the worker wrapped by hand is left as it is.</summary>
    public static IReadOnlyList<StageDecoration> All { get; } =
    [
        new(typeof(IVideoDownloader), static (provider, inner) => inner as CachingVideoDownloader ?? new CachingVideoDownloader((IVideoDownloader)inner, Cache(provider))),
        new(typeof(IProfileEncoder), static (provider, inner) => inner as CachingProfileEncoder ?? new CachingProfileEncoder((IProfileEncoder)inner, Cache(provider))),
        new(typeof(IIpfsUploader), static (provider, inner) => inner as ResumingIpfsUploader ?? new ResumingIpfsUploader((IIpfsUploader)inner, Cache(provider))),
    ];

    private static CacheManager Cache(IServiceProvider provider) => provider.GetRequiredService<CacheManager>();
}
