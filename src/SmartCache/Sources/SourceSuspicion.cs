using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Storage;

namespace SmartCache.Sources;

/// <summary>
/// What happens to a source after an encode of it. Only an encode of full duration proves it: a truncated video passes every probe, and a cache that
/// kept serving it would make each retry fail the same way. So an unproven source is dropped with its facts when an encode fails or comes out short,
/// whether the download was a hit or a miss; one that is proven, whose bytes came again after it was dropped, or that its own SHA-256 names is read again
/// in full. The next attempt gets what it would have got without a cache.
/// That holds while the worker stops, too: dropping is quick, and where there is no time to read, whoever is given the source next does.
/// </summary>
internal sealed class SourceSuspicion(SourceStore store)
{
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
    }

    /// <summary>Names of the profile entries that were made of this source before, newest last, be they cached still or not.</summary>
    public ValueTask<IReadOnlyList<string>> RecipesAsync(SourceMedia media, CancellationToken cancellationToken) =>
        store.Layer.Boundary.AttemptAsync<IReadOnlyList<string>>("read facts", [], _ => store.Catalog.Facts(media.ContentHash)?.Recipes ?? [], cancellationToken);

    /// <summary>Carried through in any case; the token only ends the wait, so that a job that was cancelled does not wait until a large file was read again.</summary>
    public Task SuspectAsync(SourceMedia media, string reason, CancellationToken cancellationToken) =>
        SuspectAsync(Task.FromResult(new LearnedMedia(media, default)), reason, cancellationToken);

    /// <summary>The same for a stage that knows the video only as it was handed to it; waits where it is still being hashed.</summary>
    public Task SuspectAsync(DownloadedVideo video, string reason, CancellationToken cancellationToken) =>
        store.Layer.Mode == LayerMode.Off
            ? Task.CompletedTask
            : video.Media is { } media
                ? SuspectAsync(media, reason, cancellationToken)
                : SuspectAsync(video.PendingMedia ?? Task.FromResult(LearnedMedia.Unknown(default)), reason, cancellationToken);

    /// <summary>Drops a source that the worker itself calls bad.</summary>
    public ValueTask<bool> RejectAsync(string contentHash, string reason, CancellationToken cancellationToken) =>
        store.Layer.Boundary.AttemptAsync("reject", false, _ => Drop(contentHash, reason), cancellationToken);

    private async Task SuspectAsync(Task<LearnedMedia> pending, string reason, CancellationToken cancellationToken)
    {
        Task suspected = store.Layer.Saves.Run(async stopping =>
        {
            try
            {
                // What is given up while it is still being hashed is not stored either.
                return await pending.WaitAsync(stopping).ConfigureAwait(false) is { Media: { } media }
                    && await store.Layer.Boundary.AttemptAsync("suspect", false, _ => DropOrNote(media, reason), CancellationToken.None).ConfigureAwait(false)
                    && await store.Layer.Boundary.AttemptAsync("recheck", false, pulse => Recheck(media, reason, pulse), stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        });
        await suspected.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <returns>Whether there is something to be read.</returns>
    private bool DropOrNote(SourceMedia media, string reason)
    {
        var known = store.Catalog.Facts(media.ContentHash);
        if (known is not ({ Proven: true } or { IsNamed: true }))
        {
            if (known?.Doubt is not { KeptUntil: { } until } doubt || !doubt.Keeps(store.Layer.Time.GetUtcNow()))
            {
                Drop(media.ContentHash, reason);
                return false;
            }

            SourceLog.Kept(store.Layer.Logger, EntryStore.Short(media.ContentHash), LogText.Reason(reason), until);
        }

        if (!store.Layer.Entries.Exists(SourceEntry.NameOf(media.ContentHash)))
        {
            return false;
        }

        store.Catalog.Learn(media.ContentHash, media.Length, static known => known with { Suspected = true });
        return true;
    }

    private bool Recheck(SourceMedia media, string reason, OperationPulse pulse)
    {
        var verdict = store.Clear(media.ContentHash, media.Length, pulse);
        if (verdict is EntryVerdict.Wrong or EntryVerdict.Changing)
        {
            return verdict == EntryVerdict.Wrong;
        }

        SourceLog.Acquitted(store.Layer.Logger, EntryStore.Short(media.ContentHash), LogText.Reason(reason));
        return false;
    }

    private bool Drop(string contentHash, string reason)
    {
        SourceLog.Dropped(store.Layer.Logger, EntryStore.Short(contentHash), LogText.Reason(reason));
        return store.Drop(contentHash, reason);
    }
}
