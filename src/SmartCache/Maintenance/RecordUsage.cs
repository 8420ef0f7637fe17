using SmartCache.History;
using SmartCache.Layers;
using SmartCache.Sources;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>
/// What all that is no entry takes: written without a reservation, and counted when entries are. Each layer's records are looked at behind that layer's
/// own boundary, so that a disk which hangs rests nobody else.
/// </summary>
internal sealed class RecordUsage
{
    private readonly Part[] _parts;

    public RecordUsage(SourceCatalog sources, EntryLayer profiles, LayerAccess uploads, LayerAccess quota)
    {
        // Indexes twice: while one is replaced the new one lies beside the old, 20 MB each for 100,000 entries.
        _parts =
        [
            new Part(sources.Layer, sources.Layer.Boundary, pulse =>
                Of(sources.Layer, sources.KeysDirectory, pulse) + Of(sources.Layer, sources.FactsDirectory, pulse) + Of(sources.Layer, sources.Ahead.Folder, pulse) + (2 * IndexSnapshot.BytesOf(sources.Layer.Directory))),
            new Part(profiles, profiles.Boundary, _ => 2 * IndexSnapshot.BytesOf(profiles.Directory)),

            // Nothing until they could be looked at once: uploads that cannot be opened must not cost videos and profiles their place.
            new Part(uploads, uploads.Boundary, pulse => Of(uploads, uploads.Directory.Root, pulse)) { Last = 0 },

            // The history, what is owed to the store, and the account with its tombstones.
            new Part(sources.Layer, quota.Boundary, pulse =>
                Of(sources.Layer, Path.Combine(quota.Settings.Current.Root, HistoryRecorder.Folder), pulse) + Of(sources.Layer, Path.Combine(quota.Settings.Current.Root, "remote"), pulse)
                + Of(sources.Layer, quota.Directory.Root, pulse)),
        ];
    }

    /// <summary>Enters allocated bytes in the turn. What could not be looked at takes what it took the last time; where it never could, nothing can be counted.</summary>
    public async ValueTask CountAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        turn.Records = 0;
        foreach (var part in _parts)
        {
            if (await part.Boundary.AttemptAsync<long?>("scan", null, pulse => part.Measure(pulse), cancellationToken).ConfigureAwait(false) is { } bytes)
            {
                part.Last = bytes;
            }

            if (part.Last is { } last)
            {
                turn.Records += last;
            }
            else if (!turn.Closed.Contains(part.Layer))
            {
                turn.Unseen.Add(part.Layer);
            }
        }
    }

    private static long Of(LayerAccess layer, string directory, OperationPulse pulse) => DiskUsage.Of(directory, pulse, layer.Directory.FileSystem);

    private sealed record Part(LayerAccess Layer, CacheBoundary Boundary, Func<OperationPulse, long> Measure)
    {
        /// <summary>What it took when somebody last could look.</summary>
        public long? Last { get; set; }
    }
}
