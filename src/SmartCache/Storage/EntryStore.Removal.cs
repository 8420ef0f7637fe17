namespace SmartCache.Storage;

/// <summary>The part that takes entries away: to the trash or the quarantine at once where nobody leases them, by condemning them where somebody does.</summary>
internal sealed partial class EntryStore
{
    /// <summary>Which entry lies under a name now. Who leases it can rely on the answer; for others it may be another one by the time they have it.</summary>
    public EntryIdentity? IdentityOf(string name) => _files.Stat(PathOf(name)) is { } facts ? EntryIdentity.Of(facts) : null;

    /// <summary>Moves an entry to the trash or the quarantine; condemns it where it is leased.</summary>
    /// <param name="name">The entry.</param>
    /// <param name="removal">Where it goes.</param>
    /// <param name="reason">Why, for the log.</param>
    /// <param name="found">
    /// The entry that was found wrong: by now another process may have taken it away and published a good one, which stays. <see langword="null"/> = whatever is there.
    /// </param>
    /// <returns>Whether it is out of reach of look-ups now.</returns>
    public bool Remove(string name, EntryRemoval removal, string reason, EntryIdentity? found = null)
    {
        if ((!Exists(name) && _files.Stat(PathOf(name)) is null) || !(TryRemove(name, removal, found) ?? Condemn(name, found)))
        {
            return false;
        }

        if (removal == EntryRemoval.Quarantine)
        {
            quarantined();
            StorageLog.Quarantined(logger, layer.Name, Short(name), reason);
        }

        return true;
    }

    /// <summary>Moves an entry away if nobody leases it; <see langword="null"/> where somebody does, false where another one is there.</summary>
    public bool? TryRemove(string name, EntryRemoval removal, EntryIdentity? found = null)
    {
        if (layer.TryLock(EntryLock(name), exclusive: true) is not { } hold)
        {
            return null;
        }

        try
        {
            if (!IsStill(name, found))
            {
                return false;
            }

            MoveAway(name, removal);
            return true;
        }
        finally
        {
            hold.DeleteAndDispose();
        }
    }

    /// <summary>Moves an entry to the trash if nobody leases it, and looks again under the lock: an entry that was given out since the evictor looked stays.</summary>
    public bool TryEvict(string name, DateTimeOffset lastAccessSeen)
    {
        if (layer.TryLock(EntryLock(name), exclusive: true) is not { } hold)
        {
            return false;
        }

        try
        {
            if (_files.Stat(Path.Combine(PathOf(name), Manifest.FileName)) is not { } facts || (facts.Modified > lastAccessSeen && facts.Modified <= time.GetUtcNow()))
            {
                return false;
            }

            MoveAway(name, EntryRemoval.Trash);
            return true;
        }
        finally
        {
            hold.DeleteAndDispose();
        }
    }

    public bool IsCondemned(string name) => _files.Stat(Marker(name)) is not null;

    /// <summary>Moves a condemned entry to the trash if its last lease ended, and takes the marker away after it.</summary>
    public void FinishCondemned(string name)
    {
        if (layer.TryLock(EntryLock(name), exclusive: true) is not { } hold)
        {
            return;
        }

        try
        {
            if (IsCondemned(name))
            {
                MoveAway(name, EntryRemoval.Trash);
                File.Delete(Marker(name));
            }
        }
        finally
        {
            // Also where it was not condemned after all: whoever opened the old lock file finds that its name leads elsewhere, and starts over.
            hold.DeleteAndDispose();
        }
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
            StorageLog.CondemnedStays(logger, layer.Name, Short(name), exception.Message);
        }
    }

    private string Marker(string name) => Path.Combine(layer.Locks, OwnNames.Condemned + name);

    private bool IsStill(string name, EntryIdentity? found) => found is null || IdentityOf(name) == found;

    private bool Condemn(string name, EntryIdentity? found)
    {
        // Held like a lease, nobody exchanges the entry between the look and the marker. Where that cannot be, somebody is about to take it away.
        using (var hold = found is null ? null : layer.TryLock(EntryLock(name), exclusive: false))
        {
            if (found is not null && (hold is null || !IsStill(name, found)))
            {
                return false;
            }

            StateFile.Replace(layer, Marker(name), "condemned\n"u8, flush: true);
        }

        // The last lease may have ended before it could see the marker.
        FinishCondemned(name);
        return true;
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
            StorageLog.NotRefreshed(logger, layer.Name, Short(name), exception.Message);
        }
    }
}
