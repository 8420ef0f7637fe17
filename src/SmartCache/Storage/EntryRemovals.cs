using Microsoft.Extensions.Logging;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>Takes entries away: to the trash or the quarantine at once where nobody leases them, by condemning them where somebody does.</summary>
internal sealed class EntryRemovals(LayerDirectory layer, Action<string> doubted, Action<string, EntryRemoval> removed, TimeProvider time, ILogger logger)
{
    private const int MaxMark = 64;

    private readonly FileSystem _files = layer.FileSystem;

    private static ReadOnlySpan<byte> TrashMark => "condemned\n"u8;

    private static ReadOnlySpan<byte> QuarantineMark => "quarantine\n"u8;

    /// <summary>Which entry lies under a name now. Who leases it can rely on the answer; for others it may be another one by the time they have it.</summary>
    public FileIdentity? IdentityOf(string name) => _files.Stat(PathOf(name))?.Identity;

    /// <summary>
    /// Moves an entry to the trash or the quarantine; condemns it where it is leased. Flushed before it returns: what was found wrong, or was taken away on
    /// purpose, must not be served again after a power cut.
    /// </summary>
    /// <param name="name">The entry.</param>
    /// <param name="removal">Where it goes.</param>
    /// <param name="reason">Why, for the log.</param>
    /// <param name="found">
    /// The entry that was found wrong: by now another process may have taken it away and published a good one, which stays. <see langword="null"/> = whatever is there.
    /// </param>
    /// <param name="flush">Whether this flushes; whoever removes many does it once, by <see cref="FlushNames"/>.</param>
    /// <returns>Whether it is out of reach of look-ups now.</returns>
    public bool Remove(string name, EntryRemoval removal, string reason, FileIdentity? found = null, bool flush = true)
    {
        if (_files.Stat(PathOf(name)) is null)
        {
            // Evicted by somebody, perhaps, and that is not flushed: a power cut could bring the entry back, and the key that leads to it.
            if (flush)
            {
                FlushName(name);
            }

            return false;
        }

        if (removal == EntryRemoval.Quarantine)
        {
            // First what was made of it: whoever is killed in between loses that, and leaves the entry to be found wrong again.
            doubted(name);
        }

        if (!(TryRemove(name, removal, found, flush) ?? Condemn(name, removal, found)))
        {
            return false;
        }

        removed(name, removal);
        if (removal == EntryRemoval.Quarantine)
        {
            StorageLog.Quarantined(logger, layer.Name, EntryName.Short(name), reason);
        }

        return true;
    }

    /// <summary>Moves an entry away if nobody leases it; <see langword="null"/> where somebody does, false where another one is there.</summary>
    public bool? TryRemove(string name, EntryRemoval removal, FileIdentity? found = null, bool flush = true)
    {
        using var hold = layer.TryLock(EntryName.LockOf(name), exclusive: true);
        if (hold is null)
        {
            return null;
        }

        if (!IsStill(name, found))
        {
            return false;
        }

        MoveAway(name, removal);
        if (flush)
        {
            FlushName(name);
        }

        EndLock(hold);
        return true;
    }

    /// <summary>
    /// Moves an entry to the trash if nobody leases it, and looks again under the lock: an entry that was given out since the evictor looked stays.
    /// Not flushed: nobody has found it wrong, and it may be there again after a power cut. Whoever empties the trash flushes before.
    /// </summary>
    public bool TryEvict(string name, DateTimeOffset lastAccessSeen)
    {
        using var hold = layer.TryLock(EntryName.LockOf(name), exclusive: true);
        if (hold is null || _files.Stat(ManifestOf(name)) is not { } facts || (facts.Modified > lastAccessSeen && facts.Modified <= time.GetUtcNow()))
        {
            return false;
        }

        MoveAway(name, EntryRemoval.Trash);
        EndLock(hold);
        return true;
    }

    /// <summary>Has on the disk which entries there are.</summary>
    public void FlushNames() => _files.Flush(layer.Itself);

    /// <summary>The same for one of them; where that fails the name is told, and a power cut may take back what was done.</summary>
    public void FlushName(string name)
    {
        try
        {
            FlushNames();
        }
        catch (Exception exception)
        {
            StorageLog.NameNotFlushed(logger, layer.Name, EntryName.Short(name), exception.Message);
        }
    }

    public bool IsCondemned(string name) => _files.Stat(Marker(name)) is not null;

    /// <summary>Moves a condemned entry to where its marker says if its last lease ended, and takes the marker away after it.</summary>
    public void FinishCondemned(string name)
    {
        using var hold = layer.TryLock(EntryName.LockOf(name), exclusive: true);
        if (hold is null || !IsCondemned(name))
        {
            return;
        }

        MoveAway(name, RemovalOf(name));

        // Without this a power cut could take the marker away and leave the entry, and look-ups would find it again.
        FlushNames();
        _files.Delete(Marker(name));
        EndLock(hold);
    }

    public void OnLeaseEnded(string name)
    {
        try
        {
            if (IsCondemned(name))
            {
                FinishCondemned(name);
            }
        }
        catch (Exception exception)
        {
            // Disposing a lease must not fail a job; the sweeper ends what stays condemned.
            StorageLog.CondemnedStays(logger, layer.Name, EntryName.Short(name), exception.Message);
        }
    }

    /// <summary>Nothing is proven wrong, but while it lies there nothing can be stored under its name.</summary>
    /// <param name="name">The entry.</param>
    /// <param name="unreadable">The one that cannot be read; another one by that name stays.</param>
    /// <param name="reason">Why, for the log.</param>
    public void MakeWay(string name, FileIdentity? unreadable, string reason)
    {
        if (unreadable is not null && Remove(name, EntryRemoval.Trash, reason, unreadable))
        {
            StorageLog.NotReadable(logger, layer.Name, EntryName.Short(name), reason);
        }
    }

    private string PathOf(string name) => Path.Combine(layer.Root, name);

    private string ManifestOf(string name) => Path.Combine(PathOf(name), Manifest.FileName);

    private string Marker(string name) => Path.Combine(layer.Locks, OwnNames.Condemned + name);

    private bool IsStill(string name, FileIdentity? found) => found is null || IdentityOf(name) == found;

    // The entry is away, so nobody needs its lock: whoever opened the file meanwhile finds that its name leads elsewhere, and starts over. Where the entry stays the file does too:
    // on a full disk it could not be made again, and each look-up would be a fault.
    private static void EndLock(FileLock hold) => hold.DeleteAndDispose();

    private bool Condemn(string name, EntryRemoval removal, FileIdentity? found)
    {
        // Held like a lease, nobody exchanges the entry between the look and the marker. Where that cannot be, somebody is about to take it away.
        using (var hold = found is null ? null : layer.TryLock(EntryName.LockOf(name), exclusive: false))
        {
            if (found is not null && (hold is null || !IsStill(name, found)))
            {
                return false;
            }

            try
            {
                // That it is there is what counts, and what is flushed.
                StateFile.Replace(layer, Marker(name), removal == EntryRemoval.Quarantine ? QuarantineMark : TrashMark, flush: false);
                _files.Flush(layer.Locks);
            }
            catch (IOException full) when (DiskError.IsFull(full))
            {
                if (!TakeManifest(name))
                {
                    return false;
                }
            }
        }

        // The last lease may have ended before it could see the marker.
        FinishCondemned(name);
        return true;
    }

    /// <summary>
    /// Condemns without room for a marker: the manifest becomes the marker, and the entry goes to the trash in the end. Whoever leases the entry has read the
    /// manifest, and nobody else is given the entry. Where even that cannot be, the manifest is deleted, and a look through the layer takes the entry away.
    /// </summary>
    private bool TakeManifest(string name)
    {
        if (_files.Stat(ManifestOf(name)) is null)
        {
            return false;
        }

        try
        {
            _files.Replace(ManifestOf(name), Marker(name));
            _files.Flush(layer.Locks);
        }
        catch (IOException)
        {
            _files.Delete(ManifestOf(name));
        }

        _files.Flush(PathOf(name));
        return true;
    }

    // A power cut may have emptied the marker, and on a full disk it is a manifest.
    private EntryRemoval RemovalOf(string name)
    {
        try
        {
            return BoundedFile.Read(_files, Marker(name), MaxMark) is { } mark && mark.AsSpan().SequenceEqual(QuarantineMark) ? EntryRemoval.Quarantine : EntryRemoval.Trash;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return EntryRemoval.Trash;
        }
    }

    private void MoveAway(string name, EntryRemoval removal)
    {
        if (removal == EntryRemoval.Trash)
        {
            layer.MoveToTrash(PathOf(name));
        }
        else if (layer.MoveToQuarantine(PathOf(name)) is { } kept)
        {
            StartKeeping(name, kept);
        }
    }

    // How long it is kept counts by the directory's time, which a rename leaves as it was when the entry was made: an old one would be gone with the next clean-up.
    private void StartKeeping(string name, string kept)
    {
        try
        {
            _files.Touch(kept, time.GetUtcNow());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            StorageLog.NotRefreshed(logger, layer.Name, EntryName.Short(name), exception.Message);
        }
    }
}
