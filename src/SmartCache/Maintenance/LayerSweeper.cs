using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>
/// Takes away what crashes left behind, by proof and never by age alone: a staging directory is a leftover when its writer's lock is free,
/// a lock file when nobody holds it and its entry is gone, a condemned entry when its last lease ended.
/// Runs behind the boundary, in any number of processes at once.
/// </summary>
/// <param name="directory">What is swept.</param>
/// <param name="entries">The entries in it, where it has any.</param>
internal sealed class LayerSweeper(LayerDirectory directory, EntryStore? entries = null)
{
    private const int MaxQuarantined = 16;
    private static readonly TimeSpan QuarantineAge = TimeSpan.FromDays(7);

    private Exception? _failure;

    public LayerSweeper(EntryLayer layer)
        : this(layer.Directory, layer.Entries)
    {
    }

    /// <summary>Sweeps the layer.</summary>
    /// <returns>How many leftovers were found.</returns>
    public int Sweep(DateTimeOffset now, OperationPulse pulse)
    {
        directory.KeepMarkers();
        var swept = SweepStaging(pulse) + SweepCondemned(pulse) + SweepLocks(pulse);
        TrimQuarantine(now, pulse);
        EmptyTrash(pulse);
        return _failure is null ? swept : throw new IOException($"A leftover in layer {directory.Name} cannot be taken away: {_failure.Message}", _failure);
    }

    /// <summary>Bytes in trash and quarantine: they take space like entries do. Staging is not counted: what is linked there is the worker's own.</summary>
    public long LooseBytes(OperationPulse pulse) =>
        DiskUsage.OfEach(directory.Trash, pulse, directory.FileSystem, OwnNames.IsPutAside) + DiskUsage.OfEach(directory.Quarantine, pulse, directory.FileSystem, OwnNames.IsPutAside);

    /// <summary>Empties the trash, with <paramref name="quarantineToo"/> also what is only kept to be looked at.</summary>
    /// <exception cref="IOException">Something could not be deleted.</exception>
    public bool Discard(bool quarantineToo, OperationPulse pulse)
    {
        if (quarantineToo)
        {
            // What is kept to be looked at goes before any entry that still serves.
            Each(Inside(directory.Quarantine, OwnNames.IsPutAside), pulse, path => directory.MoveToTrash(path) is not null);
        }

        EmptyTrash(pulse);
        return true;
    }

    /// <summary>Deletes all that can be deleted.</summary>
    /// <exception cref="IOException">Something could not be.</exception>
    public void EmptyTrash(OperationPulse pulse)
    {
        Exception? failure = null;
        var doomed = Inside(directory.Trash, OwnNames.IsPutAside).ToList();
        if (doomed.Count > 0)
        {
            FlushNames();
        }

        foreach (var path in doomed)
        {
            pulse.Beat();
            try
            {
                TreeRemoval.Delete(directory.FileSystem, path, pulse);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // One file that cannot go must not keep the space of all others.
                failure = exception;
            }
        }

        if (failure is not null)
        {
            throw new IOException($"Something in the trash of layer {directory.Name} cannot be deleted: {failure.Message}", failure);
        }
    }

    // The move of an entry into the trash is flushed before its files are deleted. ext4 with data=writeback gives the blocks of a deleted file to another file before the
    // deletion is on the disk. A power cut could undo the move as well, and the entry would be served with the other file's bytes under its own length and time.
    private void FlushNames()
    {
        try
        {
            directory.FileSystem.Flush(directory.Itself);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Room is needed on a failing disk too.
        }
    }

    /// <summary>Takes away what dead writers had in the making.</summary>
    public int SweepStaging(OperationPulse pulse) => Each(Inside(directory.Staging, OwnNames.IsWriter).Where(IsDirectory), pulse, path =>
    {
        if (directory.IsAlive(Path.GetFileName(path), out var proofOfDeath))
        {
            return false;
        }

        // The proof is held until the directory is out of reach, so that it stays one.
        using (proofOfDeath)
        {
            var swept = directory.MoveToTrash(path) is not null;
            proofOfDeath!.DeleteAndDispose();
            return swept;
        }
    });

    private int SweepCondemned(OperationPulse pulse) =>
        Each(Inside(directory.Locks, static name => OwnNames.EntryOfMarker(name) is not null), pulse, marker =>
        {
            entries?.FinishCondemned(OwnNames.EntryOfMarker(Path.GetFileName(marker))!);
            return !directory.FileSystem.FileExists(marker);
        });

    private int SweepLocks(OperationPulse pulse) =>
        Each(Inside(directory.Locks, OwnNames.IsLock).Where(path => !IsDirectory(path)), pulse, path =>
        {
            // Of the others nobody needs the file while nobody holds it: whoever wants the lock makes it anew.
            var name = Path.GetFileName(path);
            var isLeftover = OwnNames.EntryOfLock(name) is not { } entry || entries?.Exists(entry) != true;
            if (!isLeftover || directory.TryLock(name, exclusive: true) is not { } free)
            {
                return false;
            }

            free.DeleteAndDispose();
            return true;
        });

    private void TrimQuarantine(DateTimeOffset now, OperationPulse pulse)
    {
        var kept = Inside(directory.Quarantine, OwnNames.IsPutAside).Select(path => (Path: path, At: directory.FileSystem.Stat(path)?.Modified ?? default)).OrderByDescending(static item => item.At).ToList();
        Each(
            kept.Where((item, index) => index >= MaxQuarantined || now - item.At > QuarantineAge).Select(static item => item.Path),
            pulse,
            path => directory.MoveToTrash(path) is not null);
    }

    /// <summary>One that cannot be taken away must not keep the others, and must not go unsaid.</summary>
    private int Each(IEnumerable<string> paths, OperationPulse pulse, Func<string, bool> sweep)
    {
        var swept = 0;
        foreach (var path in paths)
        {
            pulse.Beat();
            try
            {
                swept += sweep(path) ? 1 : 0;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                _failure = exception;
            }
        }

        return swept;
    }

    /// <summary>What of the cache's lies in one of the layer's own directories: nothing where it is gone, as where a sweeper of temporary files removes empty ones.</summary>
    /// <exception cref="DirectoryNotFoundException">A link stands in its place, which would lead to somebody else's files.</exception>
    private IEnumerable<string> Inside(string below, Func<string, bool> isOwn)
    {
        if (directory.IsOwnDirectory(below))
        {
            return directory.FileSystem.List(below).Where(path => isOwn(Path.GetFileName(path)));
        }

        return directory.FileSystem.Stat(below) is null ? [] : throw new DirectoryNotFoundException($"'{Path.GetFileName(below)}' is no directory.");
    }

    private bool IsDirectory(string path) => directory.FileSystem.Stat(path) is { Kind: FileKind.Directory };
}
