using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Storage;

namespace SmartCache.Sources;

/// <summary>
/// What happens to a source after an encode of it. Only an encode of full duration proves it: a truncated video passes every probe, and a cache that
/// kept serving it would make each retry fail the same way. So an unproven source is dropped with its facts when an encode fails or comes out short,
/// whether the download was a hit or a miss; a proven one is read again in full. The next attempt gets what it would have got without a cache.
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
                    Recipes = recipe is null || known.Recipes.Contains(recipe) ? known.Recipes : [.. known.Recipes, recipe],
                }),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether this recipe was made of this source before, be it cached still or not.</summary>
    public ValueTask<bool> KnowsRecipeAsync(SourceMedia media, string recipe, CancellationToken cancellationToken) =>
        store.Layer.Boundary.AttemptAsync("read facts", false, _ => store.Catalog.Facts(media.ContentHash)?.Recipes.Contains(recipe) == true, cancellationToken);

    public async ValueTask SuspectAsync(SourceMedia media, string reason, CancellationToken cancellationToken)
    {
        await store.Layer.Boundary.AttemptAsync("suspect", false, pulse => Suspect(media.ContentHash, reason, pulse), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same for a stage that knows the video only as it was handed to it; waits where it is still being hashed.</summary>
    public async ValueTask SuspectAsync(DownloadedVideo video, string reason, CancellationToken cancellationToken)
    {
        if (store.Layer.Mode != LayerMode.Off
            && (video.Media ?? (video.PendingMedia is { } pending ? await pending.ConfigureAwait(false) : null)) is { } media)
        {
            await SuspectAsync(media, reason, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Drops a source that the worker itself calls bad.</summary>
    public ValueTask<bool> RejectAsync(string contentHash, string reason, CancellationToken cancellationToken) =>
        store.Layer.Boundary.AttemptAsync("reject", false, _ => Drop(contentHash, reason), cancellationToken);

    private bool Suspect(string contentHash, string reason, OperationPulse pulse)
    {
        if (store.Catalog.Facts(contentHash) is not { Proven: true })
        {
            return Drop(contentHash, reason);
        }

        if (!store.Layer.Entries.Exists(SourceEntry.NameOf(contentHash)))
        {
            return false;
        }

        if (store.Recheck(contentHash, pulse) == EntryVerdict.Wrong)
        {
            return true;
        }

        SourceLog.Acquitted(store.Layer.Logger, EntryStore.Short(contentHash), LogText.Reason(reason));
        return false;
    }

    private bool Drop(string contentHash, string reason)
    {
        SourceLog.Dropped(store.Layer.Logger, EntryStore.Short(contentHash), LogText.Reason(reason));
        return store.Remove(contentHash, reason);
    }
}
