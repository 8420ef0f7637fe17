using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>
/// A disk that says it is full, or that the user's share of it is, to the cache or to a worker's stage: one round of eviction on that file system in the background,
/// so that the next attempt of the job finds room. The limits alone would not do: a quota is seen in no figure, and another program may be faster than each look.
/// </summary>
internal sealed class FullDisk(Evictor evictor, EvictionTurns turns, IReadOnlyList<EntryLayer> layers, BackgroundSaves saves, CacheBoundary boundary)
{
    /// <summary>Its modification time is that of the last round on the layer's file system.</summary>
    private const string NoteName = "relief";

    /// <summary>At most one round in this time on a file system, whoever asks for it.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private readonly Dictionary<EntryLayer, DateTimeOffset> _rounds = [];
    private int _running;

    /// <summary>Takes a failure as what it may be. Returns at once and never throws.</summary>
    /// <param name="exception">What a stage or an operation failed with.</param>
    /// <param name="path">Where it was about to write.</param>
    public void Look(Exception exception, string path)
    {
        if (!DiskError.IsFull(exception) || Interlocked.Exchange(ref _running, 1) == 1)
        {
            return;
        }

        _ = saves.Run(async stopping =>
        {
            try
            {
                await RelieveAsync(path, stopping).ConfigureAwait(false);
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                boundary.Report("make room", exception);
            }
            catch (OperationCanceledException)
            {
                // The process ends.
            }
            finally
            {
                Volatile.Write(ref _running, 0);
            }

            return true;
        });
    }

    // One at a time.
    private async Task RelieveAsync(string path, CancellationToken cancellationToken)
    {
        foreach (var layer in layers)
        {
            if (!await layer.Boundary.AttemptAsync("measure", false, _ => AreOnOne(layer.Directory, path), cancellationToken).ConfigureAwait(false))
            {
                continue;
            }

            using var turn = (await turns.WaitAsync(cancellationToken).ConfigureAwait(false)).Turn;
            if (turn is null || (_rounds.TryGetValue(layer, out var last) && IsRecent(last, turn.Now))
                || !await layer.Boundary.AttemptAsync("begin a round", false, _ => TryNote(layer.Directory, turn.Now), cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            _rounds[layer] = turn.Now;
            await evictor.RelieveFullAsync(turn, layer, cancellationToken).ConfigureAwait(false);
            await layer.Boundary.AttemptAsync("end a round", false, _ => TryNote(layer.Directory, turn.Now), cancellationToken).ConfigureAwait(false);
            return;
        }
    }

    // A path that is not there yet lies where the nearest directory above it does. Through a link, which the name alone would stand for.
    private static bool AreOnOne(LayerDirectory layer, string path)
    {
        var existing = Path.GetFullPath(path);
        while (existing is not null && !layer.FileSystem.DirectoryExists(existing))
        {
            existing = Path.GetDirectoryName(existing);
        }

        return existing is not null && layer.FileSystem.DeviceOf(existing) == layer.FileSystem.DeviceOf(layer.Root);
    }

    /// <summary>Notes for all processes, in the evictor's turn, that a round begins. A disk without an inode for that is noted in this process, and at the round's end.</summary>
    /// <returns>False where the last one is too recent.</returns>
    private static bool TryNote(LayerDirectory layer, DateTimeOffset now)
    {
        var note = Path.Combine(layer.Locks, NoteName);
        var last = layer.FileSystem.Stat(note);
        if (last is { } found && IsRecent(found.Modified, now))
        {
            return false;
        }

        try
        {
            if (last is null)
            {
                layer.FileSystem.CreateNew(note, layer.FileMode).Dispose();
            }

            layer.FileSystem.Touch(note, now);
        }
        catch (IOException exception) when (DiskError.IsFull(exception))
        {
            // What it is about.
        }

        return true;
    }

    private static bool IsRecent(DateTimeOffset last, DateTimeOffset now) => last <= now && now - last < Rest;
}
