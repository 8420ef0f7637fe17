using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Sources;
using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <summary>Takes away what the worker wants to have gone.</summary>
internal sealed class RequestedRemoval(SourceStore sources, EntryLayer profiles, ExpiredRecords records, IdleParts parts)
{
    private const string Why = "removed by the worker";

    /// <summary>Sources and all profiles that were made of them, here and in the store that other hosts share.</summary>
    /// <returns>How many entries went.</returns>
    public async Task<int> RemoveSourcesAsync(IReadOnlyCollection<string> contentHashes, CancellationToken cancellationToken)
    {
        if (sources.Shared is { } shared)
        {
            foreach (var contentHash in contentHashes)
            {
                // First, and waited for: whoever forgets the keys next must not take them from the removal there.
                await shared.RejectedAsync(contentHash).ConfigureAwait(false);
            }
        }

        return (await RemoveContentsAsync(contentHashes, cancellationToken).ConfigureAwait(false)).Removed;
    }

    /// <summary>
    /// What only this scope leads to, and then its keys: whoever is killed in between, or meets a fault, finds the rest at the next call. Here alone: that a content is this
    /// scope's only is what this host believes, and another one may have it for another scope.
    /// </summary>
    /// <returns>How many entries went.</returns>
    public async Task<int> RemoveScopeAsync(string scope, CancellationToken cancellationToken)
    {
        var boundary = sources.Layer.Boundary;
        if (await boundary.AttemptAsync("remove", null, pulse => sources.Catalog.OfScope(scope, pulse), cancellationToken).ConfigureAwait(false) is not { } records)
        {
            return 0;
        }

        var (removed, isWhole) = await RemoveContentsAsync(records.Contents, cancellationToken).ConfigureAwait(false);
        await boundary.AttemptAsync(
            "remove",
            false,
            pulse =>
            {
                if (isWhole)
                {
                    sources.Catalog.Forget(records, pulse);
                }

                records.Fault.Throw();
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        return removed;
    }

    /// <summary>One entry, and nothing else.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> RemoveEntryAsync(EntryKind kind, string name, CancellationToken cancellationToken) =>
        (await RemoveAsync(kind == EntryKind.Source ? sources.Layer : profiles, [name], cancellationToken).ConfigureAwait(false)).Removed > 0;

    /// <summary>All entries, and what is known of sources.</summary>
    /// <returns>How many entries went.</returns>
    public async Task<int> RemoveAllAsync(CancellationToken cancellationToken)
    {
        // Parts first: whoever goes on from one joins it to a source that may be another one then.
        Subject.Current = null;
        await parts.TakeBackAsync(null, cancellationToken).ConfigureAwait(false);
        var own = await RemoveAsync(sources.Layer, static _ => true, cancellationToken).ConfigureAwait(false);
        var made = await RemoveAsync(profiles, static _ => true, cancellationToken).ConfigureAwait(false);
        await RemoveRecordsAsync(cancellationToken).ConfigureAwait(false);
        return own.Removed + made.Removed;
    }

    /// <summary>The same for one layer.</summary>
    /// <returns>How many entries went.</returns>
    public async Task<int> RemoveAllAsync(EntryKind kind, CancellationToken cancellationToken)
    {
        Subject.Current = null;
        if (kind == EntryKind.Profile)
        {
            await parts.TakeBackAsync(null, cancellationToken).ConfigureAwait(false);
            return (await RemoveAsync(profiles, static _ => true, cancellationToken).ConfigureAwait(false)).Removed;
        }

        var own = await RemoveAsync(sources.Layer, static _ => true, cancellationToken).ConfigureAwait(false);
        await RemoveRecordsAsync(cancellationToken).ConfigureAwait(false);
        return own.Removed;
    }

    private ValueTask<int> RemoveRecordsAsync(CancellationToken cancellationToken) => sources.Layer.Boundary.AttemptAsync(
        "clear records", 0, pulse => records.RemoveAll(sources.Layer.Time.GetUtcNow(), pulse), cancellationToken);

    private async Task<(int Removed, bool IsWhole)> RemoveContentsAsync(IReadOnlyCollection<string> contentHashes, CancellationToken cancellationToken)
    {
        if (contentHashes.Count == 0)
        {
            return (0, true);
        }

        var areGone = true;
        foreach (var contentHash in contentHashes)
        {
            areGone &= await parts.TakeBackAsync(contentHash, cancellationToken).ConfigureAwait(false);
        }

        var own = await RemoveAsync(sources.Layer, () => contentHashes, hash => sources.Remove(hash, Why), cancellationToken).ConfigureAwait(false);
        var names = contentHashes.Select(ContentName.Of).ToHashSet(StringComparer.Ordinal);
        var made = await RemoveAsync(profiles, name => names.Contains(name.Split('_')[0]), cancellationToken).ConfigureAwait(false);
        return (own.Removed + made.Removed, areGone && own.IsWhole && made.IsWhole);
    }

    private static Task<(int Removed, bool IsWhole)> RemoveAsync(EntryLayer layer, Func<string, bool> which, CancellationToken cancellationToken) =>
        RemoveAsync(layer, () => [.. new EntryScan(layer.Entries).Names().Where(which)], cancellationToken);

    private static Task<(int Removed, bool IsWhole)> RemoveAsync(EntryLayer layer, IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        RemoveAsync(layer, () => names, cancellationToken);

    private static Task<(int Removed, bool IsWhole)> RemoveAsync(EntryLayer layer, Func<IReadOnlyCollection<string>> list, CancellationToken cancellationToken) => RemoveAsync(
        layer,
        list,
        name => layer.Entries.Remove(name, EntryRemoval.Trash, Why, flush: false),
        cancellationToken);

    private static async Task<(int Removed, bool IsWhole)> RemoveAsync(
        EntryLayer layer, Func<IReadOnlyCollection<string>> list, Func<string, bool> remove, CancellationToken cancellationToken)
    {
        var removed = 0;
        var isWhole = await layer.Boundary.AttemptAsync(
            "remove",
            false,
            pulse =>
            {
                var fault = new FirstFault();
                foreach (var name in list())
                {
                    pulse.Beat();
                    try
                    {
                        if (remove(name))
                        {
                            Interlocked.Increment(ref removed);
                        }
                    }
                    catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                    {
                        // One that cannot be moved keeps none of the others.
                        fault.Note(exception);
                    }
                }

                // Also where there was nothing: what an evictor took away a moment ago is not flushed, and would be there again after a power cut.
                layer.Entries.FlushNames();
                fault.Throw();
                return true;
            },
            cancellationToken).ConfigureAwait(false);

        // Whatever cannot be deleted from the trash: it is out of reach of every look-up, so that the removal is whole.
        await layer.Boundary.AttemptAsync(
            "empty the trash",
            false,
            pulse =>
            {
                new LayerSweeper(layer).EmptyTrash(pulse);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        return (Volatile.Read(ref removed), isWhole);
    }
}
