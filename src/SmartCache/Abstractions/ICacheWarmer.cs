namespace SmartCache;

/// <summary>Knows what the cache should have before anybody asks: the next day's schedule, a list of what is watched, favourites.</summary>
/// <remarks>Register any number. They are asked at the start and at each <c>Cache:Warm:Interval</c>, and only while no stage of this process has run for 30 s.</remarks>
public interface ICacheWarmer
{
    /// <summary>What to have, the most wanted first or with weights. Each is fetched before the next one is asked for.</summary>
    /// <remarks>They are fetched as <see cref="PrefetchPriority.Popular"/>. What it throws ends this round of this warmer, with a line in the log.</remarks>
    /// <param name="context">What there is room for.</param>
    /// <param name="cancellationToken">Cancelled when the worker stops.</param>
    IAsyncEnumerable<PrefetchRequest> SuggestAsync(WarmContext context, CancellationToken cancellationToken = default);
}
