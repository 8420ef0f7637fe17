namespace SmartCache.Configuration;

/// <summary>A stage interface and how its registrations are wrapped.</summary>
internal sealed record StageDecoration(Type Service, Func<IServiceProvider, object, object> Decorate)
{
    /// <summary>The stages of a worker, each with its decorator. A stage that the worker wrapped by hand is left as it is.</summary>
    public static IReadOnlyList<StageDecoration> All { get; } =
    [
        new(typeof(IVideoDownloader), (provider, inner) => inner),
        new(typeof(IProfileEncoder), (provider, inner) => inner),
        new(typeof(IIpfsUploader), (provider, inner) => inner),
    ];
}
