using Microsoft.Extensions.DependencyInjection;

namespace SmartCache.Hosting;

/// <summary>A stage interface and how its registrations are wrapped, each with the key that it stands under.</summary>
internal sealed record StageDecoration(Type Service, Func<IServiceProvider, object, object?, object> Decorate)
{
    /// <summary>The stages of a worker, each with its decorator. A stage that the worker wrapped by hand is left as it is.</summary>
    public static IReadOnlyList<StageDecoration> All { get; } =
    [
        new(typeof(IVideoDownloader), Download),
        new(typeof(IProfileEncoder), static (provider, inner, _) => inner as CachingProfileEncoder ?? new CachingProfileEncoder((IProfileEncoder)inner, Cache(provider))),
        new(typeof(IIpfsUploader), static (provider, inner, _) => inner as ResumingIpfsUploader ?? new ResumingIpfsUploader((IIpfsUploader)inner, Cache(provider))),
    ];

    private static CachingVideoDownloader Download(IServiceProvider provider, object inner, object? key)
    {
        var downloader = inner as CachingVideoDownloader ?? new CachingVideoDownloader((IVideoDownloader)inner, Cache(provider));
        downloader.Key = key;
        return downloader;
    }

    private static CacheManager Cache(IServiceProvider provider) => provider.GetRequiredService<CacheManager>();
}
