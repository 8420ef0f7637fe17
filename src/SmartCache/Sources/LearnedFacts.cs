using SmartCache.Abstractions;
using SmartCache.Layers;
using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <summary>What is known of a content: from the catalog, else from the probe, which is asked once per content.</summary>
internal sealed class LearnedFacts(CacheBoundary content, SourceCatalog catalog, SourceProbe probe)
{
    /// <summary>Facts of a content; from the catalog, or from the probe; the reason where the probe does not take the file for a video.</summary>
    /// <param name="hash">The content's hash.</param>
    /// <param name="length">Its length.</param>
    /// <param name="path">Where the probe can read it.</param>
    /// <param name="seen">
    /// The file as it was hashed, where <paramref name="path"/> is the worker's: it may put another video there before the probe has read it, and
    /// that one's facts would make wrong recipes for this one. <see langword="null"/> where nobody else writes to the path.
    /// </param>
    /// <param name="remember">Whether to write down what the probe says.</param>
    /// <param name="anew">Whether to ask the probe although the answer is known.</param>
    /// <param name="cancellationToken">Ends the probe.</param>
    public async Task<LearnedMedia> LearnAsync(
        string hash, long length, string path, FileFacts? seen, bool remember, bool anew, CancellationToken cancellationToken)
    {
        var known = anew ? null : await catalog.Layer.Boundary.AttemptAsync("read facts", null, _ => catalog.Facts(hash), cancellationToken).ConfigureAwait(false);
        if (known is not null && probe.HasSaid(known))
        {
            return new LearnedMedia(known.ToMedia(), default);
        }

        // Before it is asked too: what is gone is no reason to say that it is no video.
        if (!await IsStillThereAsync(path, seen, cancellationToken).ConfigureAwait(false))
        {
            return LearnedMedia.Unknown(CacheReason.ChangedByWorker);
        }

        if (await probe.AskAsync(path, cancellationToken).ConfigureAwait(false) is not { } facts)
        {
            return LearnedMedia.Unknown(new(CacheReason.Refused, "the probe does not take it for a video"));
        }

        if (!await IsStillThereAsync(path, seen, cancellationToken).ConfigureAwait(false))
        {
            return LearnedMedia.Unknown(CacheReason.ChangedByWorker);
        }

        if (remember)
        {
            await catalog.Layer.Boundary.AttemptAsync(
                "write facts", null, _ => catalog.Learn(hash, length, learned => probe.Add(learned, facts)), cancellationToken).ConfigureAwait(false);
        }

        return new LearnedMedia(new SourceMedia { ContentHash = hash, Length = length, Facts = facts }, default);
    }

    /// <summary>The same look-up with the facts that were lost, learned from the entry's own file.</summary>
    public async ValueTask<LeasedSource> CompleteAsync(LeasedSource found, CancellationToken cancellationToken)
    {
        if (found is not { HasLostFacts: true, Lease: { } lease, Media: { } bare })
        {
            return found;
        }

        try
        {
            var path = lease.PathOf(lease.Manifest.Content.Files[0]);
            var learned = await LearnAsync(bare.ContentHash, bare.Length, path, null, remember: true, anew: false, cancellationToken).ConfigureAwait(false);
            return found with { Media = learned.Media ?? bare };
        }
        catch
        {
            await catalog.Layer.ReleaseAsync(lease).ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<bool> IsStillThereAsync(string path, FileFacts? seen, CancellationToken cancellationToken) =>
        seen is not { } before
        || await content.AttemptAsync("check", false, _ => catalog.Layer.Files.Stat(path) is { } now && now.IsSameAs(before), cancellationToken).ConfigureAwait(false);
}
