using SmartCache.Layers;

namespace SmartCache.Maintenance;

/// <summary>
/// What the last process wrote down of the layers' entries and of what eviction had learned: read once per process and layer, before its first decision. Later the
/// process knows at least as much as the files. A layer that could not be read, or whose reading was cancelled, is read at the next count, and not written over until then.
/// Only ever used in a turn, of which there is one at a time.
/// </summary>
internal sealed class IndexMemory(IReadOnlyList<EntryLayer> layers, CurrentAdvisor advisors)
{
    private readonly HashSet<EntryLayer> _recalled = [];

    public async ValueTask RecallAsync(CancellationToken cancellationToken)
    {
        foreach (var layer in layers.Where(layer => !_recalled.Contains(layer)))
        {
            if (await layer.Boundary.AttemptAsync("read index", null, pulse => IndexSnapshot.Read(layer.Directory, pulse), cancellationToken).ConfigureAwait(false) is not { } snapshot)
            {
                continue;
            }

            layer.Index.Recall(snapshot.Entries);
            if (snapshot.Eviction is { } eviction)
            {
                advisors.Get().LoadState(eviction);
            }

            _recalled.Add(layer);
        }
    }

    /// <summary>Writes down what is left at the end of a clean-up. Of a layer that was closed no entry was listed, whether it opens by now or not.</summary>
    public async ValueTask WriteAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        foreach (var layer in layers.Where(layer => !turn.Unseen.Contains(layer) && !turn.Closed.Contains(layer) && _recalled.Contains(layer)))
        {
            var entries = turn.Left.Where(item => item.Layer == layer).Select(static item => item.Entry).ToList();
            await layer.Boundary.AttemptAsync(
                "finish clean-up",
                false,
                pulse =>
                {
                    IndexSnapshot.Write(layer.Directory, entries, layer == layers[0] ? advisors.Get().SaveState() : null, turn.Now, pulse);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
    }
}
