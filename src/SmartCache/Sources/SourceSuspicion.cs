using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <summary>
/// What happens to a source after an encode of it. Only an encode of full duration proves it: a truncated video passes every probe, and a cache that
/// kept serving it would make each retry fail the same way. So an unproven source is dropped with its facts when an encode fails or comes out short,
/// whether the download was a hit or a miss; one that is proven, whose bytes came again after it was dropped, or that its own SHA-256 names is read again
/// in full. The next attempt gets what it would have got without a cache.
/// That holds while the worker stops, too: dropping is quick, and reading goes on in the background; where that has no time, whoever is given the source next does it.
/// A download that can be no video is refused before it is stored: <see cref="SourceAcceptance"/>.
/// </summary>
internal sealed class SourceSuspicion(SourceStore store)
{
    private const int MostExcuses = 3;
    private static readonly TimeSpan OneEvent = TimeSpan.FromMinutes(5);

    public async ValueTask ProveAsync(SourceMedia media, string? recipe, CancellationToken cancellationToken)
    {
        await store.Layer.Boundary.AttemptAsync(
            "prove",
            null,
            _ => store.Catalog.Learn(
                media.ContentHash,
                media.Length,
                known => known with
                {
                    Facts = known.Facts.Count == 0 ? media.Facts : known.Facts,
                    Proven = true,
                    Doubt = null,
                    Recipes = recipe is null || known.Recipes.Contains(recipe) ? known.Recipes : [.. known.Recipes, recipe],
                }),
            cancellationToken).ConfigureAwait(false);
        if (store.Shared is { } shared)
        {
            await shared.ProvenAsync(media).ConfigureAwait(false);
        }
    }

    /// <summary>Names of the profile entries that were made of this source before, newest last, be they cached still or not.</summary>
    public ValueTask<IReadOnlyList<string>> RecipesAsync(SourceMedia media, CancellationToken cancellationToken) =>
        store.Layer.Boundary.AttemptAsync<IReadOnlyList<string>>("read facts", [], _ => store.Catalog.Facts(media.ContentHash)?.Recipes ?? [], cancellationToken);

    /// <summary>Other contents that hold the same streams.</summary>
    public ValueTask<IReadOnlyList<string>> TwinsAsync(SourceMedia media, CancellationToken cancellationToken) =>
        store.Layer.Boundary.AttemptAsync<IReadOnlyList<string>>("read facts", [], _ => store.Catalog.TwinsOf(media.ContentHash), cancellationToken);

    /// <summary>
    /// Carried through in any case. The job waits, for <c>OperationTimeout</c> at most and not where it was cancelled, until the source is dropped or noted as suspected, so that its
    /// retry finds that; never until it was read again.
    /// </summary>
    public Task SuspectAsync(SourceMedia media, Suspicion suspicion, CancellationToken cancellationToken) =>
        SuspectAsync(Task.FromResult(new LearnedMedia(media, default)), suspicion, cancellationToken);

    /// <summary>The same for a stage that knows the video only as it was handed to it; waits where it is still being hashed.</summary>
    public Task SuspectAsync(DownloadedVideo video, Suspicion suspicion, CancellationToken cancellationToken) =>
        store.Layer.Mode == LayerMode.Off
            ? Task.CompletedTask
            : video.Media is { } media
                ? SuspectAsync(media, suspicion, cancellationToken)
                : SuspectAsync(video.PendingMedia ?? Task.FromResult(LearnedMedia.Unknown(default)), suspicion, cancellationToken);

    /// <summary>Drops a source that the worker itself calls bad.</summary>
    public ValueTask<bool> RejectAsync(string contentHash, string reason, CancellationToken cancellationToken) =>
        store.Layer.Boundary.AttemptAsync(
            "reject",
            false,
            _ =>
            {
                store.Shared?.RejectedAsync(contentHash);
                return Drop(contentHash, reason);
            },
            cancellationToken);

    private async Task SuspectAsync(Task<LearnedMedia> pending, Suspicion suspicion, CancellationToken cancellationToken)
    {
        var reason = suspicion.Reason;
        Task noted = store.Layer.Saves.Run(async stopping =>
        {
            try
            {
                // What is given up while it is still being hashed is not stored either.
                if (await pending.WaitAsync(stopping).ConfigureAwait(false) is not { Media: { } media }
                    || !await store.Layer.Boundary.AttemptAsync("suspect", false, _ => !IsExcused(media, suspicion) && DropOrNote(media, reason), CancellationToken.None).ConfigureAwait(false))
                {
                    return false;
                }

                _ = store.Layer.Saves.Run(until => RecheckAsync(media, reason, until));
                return true;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        });
        await noted.WaitAsync(store.Layer.Settings.Current.OperationTimeout, store.Layer.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Nobody waits for it: a large file takes minutes, and the job has to deal with its failure. Whoever looks the source up meanwhile reads it itself.</summary>
    private async Task<bool> RecheckAsync(SourceMedia media, string reason, CancellationToken stopping)
    {
        try
        {
            return await store.Layer.Boundary.AttemptAsync("recheck", false, pulse => Recheck(media, reason, pulse), stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>
    /// An encoder that was ended from outside, or found no room, says nothing of its source. But a bad source may bring that about as well, each time: one that is not
    /// proven is excused a few times only.
    /// </summary>
    private bool IsExcused(SourceMedia media, Suspicion suspicion)
    {
        if (!suspicion.IsTransient)
        {
            return false;
        }

        if (store.Catalog.Facts(media.ContentHash) is not { Proven: false, IsNamed: false } known)
        {
            return true;
        }

        // All encodes that one full disk ended, or one stop of the worker, are one excuse.
        var now = store.Layer.Time.GetUtcNow();
        if (known.ExcusedAt is { } last && (now - last).Duration() < OneEvent)
        {
            return true;
        }

        if (known.Excused >= MostExcuses)
        {
            return false;
        }

        store.Catalog.Learn(media.ContentHash, media.Length, known => known with { Excused = known.Excused + 1, ExcusedAt = now });
        return true;
    }

    /// <returns>Whether there is something to be read here. Of several profiles whose encodes fail, the first has it read.</returns>
    private bool DropOrNote(SourceMedia media, string reason)
    {
        var known = store.Catalog.Facts(media.ContentHash);
        if (known is not ({ Proven: true } or { IsNamed: true }))
        {
            if (known?.Doubt is not { KeptUntil: { } until } doubt || !doubt.Keeps(store.Layer.Time.GetUtcNow()))
            {
                store.Shared?.Dropped(media.ContentHash);
                Drop(media.ContentHash, reason);
                return false;
            }

            SourceLog.Kept(store.Layer.Logger, EntryName.Short(media.ContentHash), LogText.Reason(reason), until);
        }

        if (known is { Suspected: true } || !store.Layer.Entries.Exists(ContentName.Of(media.ContentHash)))
        {
            return false;
        }

        store.Catalog.Learn(media.ContentHash, media.Length, static known => known with { Suspected = true });
        return true;
    }

    private bool Recheck(SourceMedia media, string reason, OperationPulse pulse)
    {
        var verdict = store.Reexamine(media.ContentHash, media.Length, pulse);
        if (verdict is EntryVerdict.Wrong or EntryVerdict.Changing or EntryVerdict.Unreadable)
        {
            return verdict == EntryVerdict.Wrong;
        }

        SourceLog.Acquitted(store.Layer.Logger, EntryName.Short(media.ContentHash), LogText.Reason(reason));
        return false;
    }

    private bool Drop(string contentHash, string reason)
    {
        SourceLog.Dropped(store.Layer.Logger, EntryName.Short(contentHash), LogText.Reason(reason));
        store.Layer.Record(new HistoryEvent(HistoryEventKind.Rejected) { Layer = store.Layer.Name, Entry = ContentName.Of(contentHash) });
        return store.Drop(contentHash, reason);
    }
}
