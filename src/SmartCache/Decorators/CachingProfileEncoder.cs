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
/// <param name="inner">The worker's own encoder.</param>
/// <param name="cache">The cache.</param>
public sealed class CachingProfileEncoder(IProfileEncoder inner, CacheManager cache) : IProfileEncoder
{
    private ProfileStore Store => cache.ProfileStore;

    private StageReport Report(Subject subject, EncodeRequest request) => new(Store.Layer, subject, exception => cache.FullDisk.Look(exception, request.OutputDirectory));

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

        var recipe = request.Recipe ?? await Store.DescribeAsync(inner, media, request.Profile, cancellationToken).ConfigureAwait(false);
        if (recipe is null)
        {
            return await EncodeWithoutKeyAsync(request, CacheReason.NotDescribed, progress, cancellationToken).ConfigureAwait(false);
        }

        if (Store.KeyOf(media, recipe) is not { } key)
        {
            return await EncodeWithoutKeyAsync(request, CacheReason.NoKey, progress, cancellationToken).ConfigureAwait(false);
        }

        if (Store.Layer.SingleFlight.IsUnderway(key.Name))
        {
            return await inner.EncodeAsync(request, progress, cancellationToken).ConfigureAwait(false);
        }

        using var before = DirectoryBefore.Enter(Store.Layer.Files, request.OutputDirectory);
        var subject = Subject.Current = Subject.Of(request, key.Name);
        using var report = Report(subject, request);
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

        // What will not be stored for want of a duration is not worth waiting for: the wait would end with an encode all the same.
        var stores = Store.Layer.Mode == LayerMode.On && described.Use != CacheUse.NoStore;
        return await Store.Layer.SingleFlight.RunAsync(
            stores && ProfileAcceptance.Expected(key) is not null ? key.Name : null,
            production => TryGetAsync(key, described, report, production.OutcomeOfFinding, progress, cancellationToken),
            async production =>
            {
                await ExplainMissAsync(key, report, cancellationToken).ConfigureAwait(false);
                await Store.LookAsync(before, cancellationToken).ConfigureAwait(false);
                var encoded = await EncodeWatchedAsync(key, described, CacheOutcome.Miss, report, production, progress, cancellationToken).ConfigureAwait(false);
                var contents = await JudgeAsync(key, described, encoded, before, cancellationToken).ConfigureAwait(false);
                return await FinishAsync(key, described, encoded, stores ? contents : null, report, production).ConfigureAwait(false);
            },
            progress,
            cancellationToken,
            unavailable => BypassAsync(key, described, report, unavailable, progress, cancellationToken)).ConfigureAwait(false);
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
        using var report = Report(Subject.Current!, request);
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

    private async ValueTask<EncodedProfile?> TryGetAsync(
        ProfileKey key, EncodeRequest request, StageReport report, CacheOutcome outcome, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (request.Use == CacheUse.Refresh)
        {
            report.Reason = CacheReason.RefreshAsked;
            return null;
        }

        var given = await Store.MaterializeAsync(key, ProfilePlace.Of(request), report, outcome, progress, cancellationToken).ConfigureAwait(false);
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
            await cache.Suspicion.SuspectAsync(key.Source, Suspicion.Of(exception), cancellationToken).ConfigureAwait(false);
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

    /// <summary>What belongs to the encode, where it is fit to be stored. What it says of the source is noted.</summary>
    private async ValueTask<PlaylistContents?> JudgeAsync(ProfileKey key, EncodeRequest request, EncodedProfile encoded, DirectoryBefore before, CancellationToken cancellationToken)
    {
        // An encoder may return normally after it was cancelled, with a closed playlist of half the video.
        var verdict = cancellationToken.IsCancellationRequested
            ? new ProfileVerdict(null, IsShort: false, new(CacheReason.Cancelled, "the encode was cancelled"))
            : await Store.JudgeAsync(key, encoded, before, CancellationToken.None).ConfigureAwait(false);
        if (verdict.IsShort)
        {
            await cache.Suspicion.SuspectAsync(key.Source, new Suspicion("its encode came out short"), cancellationToken).ConfigureAwait(false);
        }

        if (verdict.Contents is null)
        {
            Store.Refuse(key, encoded.Name, verdict.Why);
        }
        else if (request.Use != CacheUse.NoStore)
        {
            await cache.Suspicion.ProveAsync(key.Source, key.Name, CancellationToken.None).ConfigureAwait(false);
        }

        return verdict.Contents;
    }

    // Without contents nothing is to be stored.
    private async Task<EncodedProfile> FinishAsync(
        ProfileKey key, EncodeRequest request, EncodedProfile encoded, PlaylistContents? contents, StageReport report, Production production)
    {
        if (contents is not null)
        {
            var intake = new ProfileIntake(Store, key, encoded, contents)
            {
                Cost = report.Inner,
                JobId = request.JobId,
                OutputDirectory = request.OutputDirectory,
                ReplacesStored = request.Use == CacheUse.Refresh || report.Reason.Code == CacheReason.NotAccepted,
            };
            await intake.StoreInBackgroundAsync(production).ConfigureAwait(false);
            report.Bytes = intake.Length;
            encoded = intake.Profile with { PendingHash = intake.Hash };
        }

        report.Finish(CacheOutcome.Miss);
        return encoded with { Outcome = CacheOutcome.Miss };
    }
}
