using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Profiles;
using SmartCache.Sources;

namespace SmartCache;

/// <summary>
/// The encode stage with the profile layer in front: a profile that is cached for this content and recipe is given without encoding, an encode is stored
/// as soon as it is done, and the same profile is encoded once at a time over all workers that share the cache. An encode that fails or comes out short
/// puts the source under suspicion; one that says by <see cref="StageException.IsTransient"/> that the source need not be the reason does so only after three times.
/// Whatever goes wrong in the cache, the inner encoder runs.
/// </summary>
/// <param name="inner">The worker's own encoder. One that is an <see cref="ILadderEncoder"/> makes what is missing in one run; others are called once for each profile.</param>
/// <param name="cache">The cache.</param>
public sealed class CachingProfileEncoder(IProfileEncoder inner, CacheManager cache) : ILadderEncoder
{
    private ProfileStore Store => cache.ProfileStore;

    /// <inheritdoc />
    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
        inner.DescribeAsync(source, profile, cancellationToken);

    /// <inheritdoc />
    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Subject.Current = Subject.Of(request);
        if (Store.Layer.Mode == LayerMode.Off)
        {
            return await EncodePastAsync(request, null, progress, cancellationToken).ConfigureAwait(false);
        }

        var identified = await IdentifiedEncode.OfAsync(request, inner, cache, progress, cancellationToken).ConfigureAwait(false);
        if (identified.Key is not { } key)
        {
            return await EncodeWithoutKeyAsync(request, identified.Why, progress, cancellationToken).ConfigureAwait(false);
        }

        if (Store.Layer.SingleFlight.IsUnderway(key.Name))
        {
            return await inner.EncodeAsync(request, progress, cancellationToken).ConfigureAwait(false);
        }

        Subject.Current = Subject.Of(request, key.Name);
        using var encode = new KeyedEncode(cache, key, identified.Request);
        try
        {
            return await EncodeAsync(encode, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (encode.Report.Threw(exception, cancellationToken))
        {
            throw;
        }
    }

    /// <inheritdoc />
    /// <remarks>What the inner encoder says; nothing where it makes one profile at a time.</remarks>
    public ValueTask<IReadOnlyList<IReadOnlyList<EncodeRequest>>> GroupAsync(IReadOnlyList<EncodeRequest> requests, CancellationToken cancellationToken = default) =>
        inner is ILadderEncoder ladder ? ladder.GroupAsync(requests, cancellationToken) : new([]);

    /// <inheritdoc />
    /// <remarks>
    /// Gives all of them, or throws what the first throws that cannot be had, as encoding one after the other would: what is cached is
    /// given, what another worker makes meanwhile is waited for, what is missing is made in one run where the inner encoder can, and the rest one by one.
    /// <paramref name="finished"/> is told after a run of all that it made, because others may wait for what a run holds; each is stored as soon as it is whole.
    /// </remarks>
    public async Task<IReadOnlyList<EncodedProfile>> EncodeTogetherAsync(
        IReadOnlyList<EncodeRequest> requests,
        Func<EncodeRequest, EncodedProfile, Task>? finished = null,
        IProgress<StageProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var results = new LadderResults(requests, finished);
        if (requests.Count > 1 && inner is ILadderEncoder ladder)
        {
            await new Ladder(cache, ladder, results, progress, cancellationToken).RunAsync().ConfigureAwait(false);
            await results.TellAsync().ConfigureAwait(false);
        }

        while (results.NextMissing is { } next)
        {
            results.Add(next, await EncodeAsync(requests[next], progress, cancellationToken).ConfigureAwait(false));
            await results.TellAsync().ConfigureAwait(false);
        }

        return results.All;
    }

    private async Task<EncodedProfile> EncodeAsync(KeyedEncode encode, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (encode.Key.Recipe.WhyNotCacheable is { } reason)
        {
            return await BypassAsync(encode, reason, progress, cancellationToken).ConfigureAwait(false);
        }

        return await Store.Layer.SingleFlight.RunAsync(
            encode.FlightKey,
            production => encode.TryGetAsync(production.OutcomeOfFinding, progress, cancellationToken),
            async production =>
            {
                if (await encode.TryFetchAsync(production, mayWait: true, progress, cancellationToken).ConfigureAwait(false) is { } fetched)
                {
                    return fetched;
                }

                await encode.PrepareAsync(production, progress, cancellationToken).ConfigureAwait(false);
                try
                {
                    var encoded = await encode.RunAsync(
                        () => EncodeWatchedAsync(encode, CacheOutcome.Miss, production, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
                    return await encode.FinishAsync(encoded, production, encode.Report.Inner, cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    await encode.EndAsync().ConfigureAwait(false);
                }
            },
            progress,
            cancellationToken,
            unavailable => BypassAsync(encode, unavailable, progress, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Encodes past this layer. The source may have come from the cache all the same, so that a failure puts it under suspicion here too.</summary>
    private async Task<EncodedProfile> EncodePastAsync(EncodeRequest request, StageReport? report, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            using var inside = report?.Inside();
            return await inner.EncodeAsync(request, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            await cache.Suspicion.SuspectAsync(request.Source, Suspicion.Of(exception), cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<EncodedProfile> EncodeWithoutKeyAsync(
        EncodeRequest request, Reason reason, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        using var report = new StageReport(Store.Layer, Subject.Current!, exception => cache.FullDisk.Look(exception, request.OutputDirectory));
        report.Reason = reason;
        Store.Unshare(request, request.Source.Media);
        try
        {
            var encoded = await EncodePastAsync(request, report, progress, cancellationToken).ConfigureAwait(false);
            report.Finish(CacheOutcome.Bypass);
            return encoded;
        }
        catch (Exception exception) when (report.Threw(exception, cancellationToken))
        {
            throw;
        }
    }

    private async Task<EncodedProfile> BypassAsync(KeyedEncode encode, Reason reason, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        encode.Report.Reason = reason;
        var encoded = await EncodeWatchedAsync(encode, CacheOutcome.Bypass, Production.WithoutLock(waited: false), progress, cancellationToken).ConfigureAwait(false);
        encode.Report.Finish(CacheOutcome.Bypass);
        return encoded;
    }

    private async Task<EncodedProfile> EncodeWatchedAsync(
        KeyedEncode encode, CacheOutcome outcome, Production production, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        encode.Begin(production);
        try
        {
            using var inside = encode.Report.Inside();
            return await inner.EncodeAsync(encode.Request, encode.Observe(production, progress), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            await cache.Suspicion.SuspectAsync(encode.Key.Source, Suspicion.Of(exception).Excused(EncodeAttempt.IsResumed(encode.Request)), cancellationToken).ConfigureAwait(false);
            throw;
        }
        finally
        {
            encode.NoteMade(outcome);
        }
    }
}
