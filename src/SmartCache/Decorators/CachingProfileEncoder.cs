using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Profiles;

namespace SmartCache;

/// <summary>
/// The encode stage with the profile layer in front: a profile that is cached for this content and recipe is given without encoding, an encode is stored
/// as soon as it is done, and the same profile is encoded once at a time over all workers that share the cache. An encode that fails or comes out short
/// puts the source under suspicion. Whatever goes wrong in the cache, the inner encoder runs.
/// </summary>
/// <param name="inner">The worker's own encoder.</param>
/// <param name="cache">The cache.</param>
public sealed class CachingProfileEncoder(IProfileEncoder inner, CacheManager cache) : IProfileEncoder
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

        if (request.Use == CacheUse.Bypass)
        {
            return await EncodeWithoutKeyAsync(request, CacheReason.BypassAsked, progress, cancellationToken).ConfigureAwait(false);
        }

        var resolved = await cache.Media.ResolveAsync(request.Source, progress, cancellationToken).ConfigureAwait(false);
        if (resolved.Media is not { } media)
        {
            var why = resolved.Why.Code == CacheReason.HashUnknown ? resolved.Why : resolved.Why.Behind("the source's hash is not known");
            return await EncodeWithoutKeyAsync(request, why, progress, cancellationToken).ConfigureAwait(false);
        }

        if (await DescribeAsync(request, media, cancellationToken).ConfigureAwait(false) is not { } recipe)
        {
            return await EncodeWithoutKeyAsync(request, CacheReason.NotDescribed, progress, cancellationToken).ConfigureAwait(false);
        }

        if (Store.KeyOf(media, recipe) is not { } key)
        {
            return await EncodeWithoutKeyAsync(request, CacheReason.NoKey, progress, cancellationToken).ConfigureAwait(false);
        }

        using var before = DirectoryBefore.Enter(request.OutputDirectory);
        var subject = Subject.Current = Subject.Of(request, key.Name);
        using var report = Store.Layer.Report(subject, request.OutputDirectory);
        try
        {
            var described = request with { Recipe = recipe, Source = request.Source with { Media = media } };
            return await EncodeAsync(key, described, before, report, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (report.Threw(exception, cancellationToken))
        {
            throw;
        }
    }

    private async Task<EncodedProfile> EncodeAsync(
        ProfileKey key, EncodeRequest described, DirectoryBefore before, StageReport report, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (key.Recipe.WhyNotCacheable is { } reason)
        {
            return await BypassAsync(key, described, report, reason, progress, cancellationToken).ConfigureAwait(false);
        }

        if (await TryGetAsync(key, described, report, CacheOutcome.Hit, progress, cancellationToken).ConfigureAwait(false) is { } hit)
        {
            return hit;
        }

        if (Store.Layer.Boundary.Unavailable is { } unavailable)
        {
            return await BypassAsync(key, described, report, unavailable, progress, cancellationToken).ConfigureAwait(false);
        }

        var stores = Store.Layer.Mode == LayerMode.On && described.Use != CacheUse.NoStore;

        // What will not be stored for want of a duration is not worth waiting for: the wait would end with an encode all the same.
        var production = stores && ProfileAcceptance.Expected(key) is not null
            ? await Store.Layer.Gate.EnterAsync(key.Name, progress, cancellationToken).ConfigureAwait(false)
            : Production.WithoutLock(waited: false);
        try
        {
            var late = production.Waited ? CacheOutcome.Joined : CacheOutcome.Hit;
            if (await TryGetAsync(key, described, report, late, progress, cancellationToken).ConfigureAwait(false) is { } joined)
            {
                await Store.Layer.ReleaseAsync(production).ConfigureAwait(false);
                return joined;
            }

            await ExplainMissAsync(key, report, cancellationToken).ConfigureAwait(false);
            await Store.LookAsync(before, cancellationToken).ConfigureAwait(false);
            var encoded = await EncodeWatchedAsync(key, described, CacheOutcome.Miss, report, production, progress, cancellationToken).ConfigureAwait(false);
            return await JudgeAndStoreAsync(key, described, encoded, before, report, production, stores, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await Store.Layer.ReleaseAsync(production).ConfigureAwait(false);
            throw;
        }
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
            await cache.Suspicion.SuspectAsync(request.Source, $"encoding it failed ({exception.GetType().Name})", cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<EncodedProfile> EncodeWithoutKeyAsync(
        EncodeRequest request, Reason reason, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        using var report = Store.Layer.Report(Subject.Current!, request.OutputDirectory);
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

    private async ValueTask<EncodeRecipe?> DescribeAsync(EncodeRequest request, SourceMedia media, CancellationToken cancellationToken)
    {
        if (request.Recipe is { } known)
        {
            return known;
        }

        try
        {
            return await inner.DescribeAsync(media, request.Profile, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Without the cache nobody would have asked; the encode itself says whether something is wrong.
            ProfileLog.NotDescribed(Store.Layer.Logger, LogText.Name(request.Profile.Name), exception.GetType().Name);
            ProfileLog.NotDescribedBecause(Store.Layer.Logger, exception, LogText.Name(request.Profile.Name));
            return null;
        }
    }

    private async ValueTask<EncodedProfile?> TryGetAsync(
        ProfileKey key, EncodeRequest request, StageReport report, CacheOutcome outcome, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (request.Use == CacheUse.Refresh)
        {
            report.Reason = CacheReason.RefreshAsked;
            return null;
        }

        var given = await Store.MaterializeAsync(key, request, report, outcome, progress, cancellationToken).ConfigureAwait(false);
        report.Looked(given.Reason);
        if (given.Profile is not null)
        {
            report.Finish(outcome);
        }

        return given.Profile;
    }

    private async ValueTask ExplainMissAsync(ProfileKey key, StageReport report, CancellationToken cancellationToken)
    {
        var made = await cache.Suspicion.RecipesAsync(key.Source, cancellationToken).ConfigureAwait(false);
        if (Store.Layer.Mode == LayerMode.Observe)
        {
            report.Reason = made.Contains(key.Name) ? CacheReason.WouldHaveHit : CacheReason.Observing;
        }
        else if (report.Reason.Code is CacheReason.NotCached)
        {
            var why = ProfileAcceptance.Expected(key) is null ? CacheReason.DurationUnknown : made.Contains(key.Name) ? CacheReason.NoLongerCached : report.Reason;
            var closest = made.Count > 0 ? await Store.ClosestAsync(key, made, cancellationToken).ConfigureAwait(false) : "";
            report.Reason = closest.Length > 0 ? why with { Text = $"{why.Text}; {closest}" } : why;
        }
    }

    private async Task<EncodedProfile> BypassAsync(
        ProfileKey key, EncodeRequest request, StageReport report, Reason reason, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        report.Reason = reason;
        var encoded = await EncodeWatchedAsync(
            key, request, CacheOutcome.Bypass, report, Production.WithoutLock(waited: false), progress, cancellationToken).ConfigureAwait(false);
        report.Finish(CacheOutcome.Bypass);
        return encoded;
    }

    private async Task<EncodedProfile> EncodeWatchedAsync(
        ProfileKey key,
        EncodeRequest request,
        CacheOutcome outcome,
        StageReport report,
        Production production,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken)
    {
        Store.Unshare(request, key.Source);
        production.Watch(request.OutputDirectory);
        try
        {
            using var inside = report.Inside();
            return await inner.EncodeAsync(request, production.Observe(progress), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            await cache.Suspicion.SuspectAsync(key.Source, $"encoding it failed ({exception.GetType().Name})", cancellationToken).ConfigureAwait(false);
            throw;
        }
        finally
        {
            // Whatever becomes of the result: a retry that does the work again must not look like a first attempt.
            if (request.Use != CacheUse.NoStore)
            {
                Store.NoteUse(request.JobId, key, StageUse.Made(outcome));
            }
        }
    }

    private async Task<EncodedProfile> JudgeAndStoreAsync(
        ProfileKey key, EncodeRequest request, EncodedProfile encoded, DirectoryBefore before, StageReport report, Production production, bool stores, CancellationToken cancellationToken)
    {
        // An encoder may return normally after it was cancelled, with a closed playlist of half the video.
        var verdict = cancellationToken.IsCancellationRequested
            ? new ProfileVerdict(null, IsShort: false, new(CacheReason.Cancelled, "the encode was cancelled"))
            : await Store.JudgeAsync(key, encoded, before, CancellationToken.None).ConfigureAwait(false);
        if (verdict.IsShort)
        {
            await cache.Suspicion.SuspectAsync(key.Source, "its encode came out short", cancellationToken).ConfigureAwait(false);
        }

        if (verdict.Contents is not { } contents)
        {
            Store.Refuse(key, encoded.Name, verdict.Why);
        }
        else
        {
            if (request.Use != CacheUse.NoStore)
            {
                await cache.Suspicion.ProveAsync(key.Source, key.Name, CancellationToken.None).ConfigureAwait(false);
            }

            if (stores)
            {
                var replaces = request.Use == CacheUse.Refresh || report.Reason.Code == CacheReason.NotAccepted;
                var intake = new ProfileIntake(report.Inner, request.JobId, replaces) { OutputDirectory = request.OutputDirectory };
                encoded = await Store.TakeInAsync(key, encoded, contents, intake, production, report).ConfigureAwait(false);
                report.Finish(CacheOutcome.Miss);
                return encoded;
            }
        }

        await Store.Layer.ReleaseAsync(production).ConfigureAwait(false);
        report.Finish(CacheOutcome.Miss);
        return encoded with { Outcome = CacheOutcome.Miss };
    }
}
