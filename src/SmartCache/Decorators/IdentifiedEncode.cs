using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>What an encode request asks for: its key, or why it has none.</summary>
/// <param name="Key">The source's content and the recipe; <see langword="null"/> where one of them is not known.</param>
/// <param name="Request">The request with both of them in it.</param>
/// <param name="Why">Why there is no key.</param>
internal sealed record IdentifiedEncode(ProfileKey? Key, EncodeRequest Request, Reason Why)
{
    /// <summary>Waits for the source's hash and asks the worker's encoder. Nothing of it throws but a cancellation.</summary>
    public static async Task<IdentifiedEncode> OfAsync(
        EncodeRequest request, IProfileEncoder inner, CacheManager cache, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (request.Use == CacheUse.Bypass)
        {
            return new IdentifiedEncode(null, request, CacheReason.BypassAsked);
        }

        var resolved = await cache.Media.ResolveAsync(request.Source, progress, cancellationToken).ConfigureAwait(false);
        if (resolved.Media is not { } media)
        {
            var why = resolved.Why.Code == CacheReason.HashUnknown ? resolved.Why : resolved.Why.Behind("the source's hash is not known");
            return new IdentifiedEncode(null, request, why);
        }

        var recipe = request.Recipe ?? await cache.ProfileStore.DescribeAsync(inner, media, request.Profile, cancellationToken).ConfigureAwait(false);
        return recipe is null ? new IdentifiedEncode(null, request, CacheReason.NotDescribed)
            : cache.ProfileStore.KeyOf(media, recipe) is not { } key ? new IdentifiedEncode(null, request, CacheReason.NoKey)
            : new IdentifiedEncode(key, request with { Recipe = recipe, Source = request.Source with { Media = media } }, default);
    }
}
