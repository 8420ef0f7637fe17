using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>
/// Takes away what crashes left behind, by proof and never by age alone: a staging directory is a leftover when its writer's lock is free,
/// a lock file when nobody holds it and its entry is gone, a condemned entry when its last lease ended.
/// Runs behind the boundary, in any number of processes at once.
/// </summary>
internal sealed class LayerSweeper(CacheLayer layer)
{
    private const int MaxQuarantined = 16;
    private static readonly TimeSpan QuarantineAge = TimeSpan.FromDays(7);

    private readonly LayerDirectory _directory = layer.Directory;

    /// <summary>Sweeps the layer.</summary>
    /// <returns>How many leftovers were found.</returns>
    public int Sweep(DateTimeOffset now, OperationPulse pulse)
    {
        var swept = SweepStaging(pulse) + SweepCondemned(pulse) + SweepLocks(pulse);
        TrimQuarantine(now, pulse);
        EmptyTrash(pulse);
        return swept;
    }

    /// <summary>Bytes in trash and quarantine: they take space like entries do. Staging is not counted: what is linked there is the worker's own.</summary>
    public long LooseBytes(OperationPulse pulse) =>
        DiskUsage.Of(_directory.Trash, pulse) + DiskUsage.Of(_directory.Quarantine, pulse);

    /// <summary>Deletes all that can be deleted.</summary>
    /// <exception cref="IOException">Something could not be.</exception>
    public void EmptyTrash(OperationPulse pulse)
    {
        Exception? failure = null;
        foreach (var path in Directory.EnumerateFileSystemEntries(_directory.Trash))
        {
            pulse.Beat();
            try
            {
                Delete(path, pulse);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // One file that cannot go must not keep the space of all others.
                failure = exception;
            }
        }

        if (failure is not null)
        {
            throw new IOException($"Something in the trash of layer {_directory.Name} cannot be deleted: {failure.Message}", failure);
        }
    }

    /// <summary>Gives up what is kept to be looked at: when space is short it goes before any entry that still serves.</summary>
    public void EmptyQuarantine(OperationPulse pulse)
    {
        foreach (var path in Directory.EnumerateFileSystemEntries(_directory.Quarantine))
        {
            pulse.Beat();
            _directory.MoveToTrash(path);
        }

        EmptyTrash(pulse);
    }

    /// <summary>Takes away what dead writers had in the making.</summary>
    public int SweepStaging(OperationPulse pulse)
    {
        var swept = 0;
        foreach (var path in Directory.EnumerateDirectories(_directory.Staging))
        {
            pulse.Beat();
            if (_directory.IsAlive(Path.GetFileName(path), out var proofOfDeath))
            {
                continue;
            }

            // The proof is held until the directory is out of reach, so that it stays one.
            using (proofOfDeath)
            {
                if (_directory.MoveToTrash(path) is not null)
                {
                    swept++;
                }

                proofOfDeath!.DeleteAndDispose();
            }
        }

        return swept;
    }

    private int SweepCondemned(OperationPulse pulse)
    {
        const string prefix = "condemned-";
        var swept = 0;
        foreach (var marker in Directory.EnumerateFiles(_directory.Locks, prefix + "*"))
        {
            pulse.Beat();
            layer.Entries.FinishCondemned(Path.GetFileName(marker)[prefix.Length..]);
            swept += File.Exists(marker) ? 0 : 1;
        }

        return swept;
    }

    private int SweepLocks(OperationPulse pulse)
    {
        const string entry = "entry-", writer = "writer-";
        var swept = 0;
        foreach (var path in Directory.EnumerateFiles(_directory.Locks))
        {
            pulse.Beat();
            var name = Path.GetFileName(path);
            var isLeftover = name.StartsWith(entry, StringComparison.Ordinal) ? !layer.Entries.Exists(name[entry.Length..])
                : name.StartsWith(writer, StringComparison.Ordinal) || name.StartsWith("make-", StringComparison.Ordinal) || name.StartsWith("key-", StringComparison.Ordinal);
            if (isLeftover && _directory.TryLock(name, exclusive: true) is { } free)
            {
                free.DeleteAndDispose();
                swept++;
            }
        }

        return swept;
    }

    private void TrimQuarantine(DateTimeOffset now, OperationPulse pulse)
    {
        var kept = new DirectoryInfo(_directory.Quarantine).EnumerateFileSystemInfos().OrderByDescending(static item => item.LastWriteTimeUtc).ToList();
        foreach (var item in kept.Where((item, index) => index >= MaxQuarantined || now - item.LastWriteTimeUtc > QuarantineAge))
        {
            _directory.MoveToTrash(item.FullName);
            pulse.Beat();
        }
    }

    // File by file with a beat each: a recursive delete of a large tree on a slow disk would look like a hang.
    private static void Delete(string path, OperationPulse pulse)
    {
        try
        {
            if (FileSystem.Current.Stat(path) is { Kind: FileKind.Directory })
            {
                foreach (var child in Directory.EnumerateFileSystemEntries(path))
                {
                    pulse.Beat();
                    Delete(child, pulse);
                }

                Directory.Delete(path);
            }
            else
            {
                File.Delete(path);
            }
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException or FileNotFoundException)
        {
            // Another process empties the same trash.
        }
    }
}
