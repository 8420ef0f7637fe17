using Microsoft.Extensions.Logging;
using SmartCache.Abstractions;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// Entries of one layer: immutable directories with a manifest, found by name. Taking, publishing and removing them;
/// every method may throw, and runs behind a <see cref="Layers.CacheBoundary"/>.
/// <para>
/// Locking: a lease holds <c>locks/entry-NAME</c> shared from before the manifest is read. Whoever moves an entry away takes it exclusively,
/// without waiting, until after the rename. What must go while it is leased is condemned by the flushed marker <c>locks/condemned-NAME</c>:
/// look-ups miss, and because the directory is still there nothing can be published under its name; the last lease moves it away.
/// </para>
/// </summary>
internal sealed class EntryStore
{
    private readonly FileSystem _files;
    private readonly ILogger _logger;
    private readonly EntryManifests _manifests;
    private readonly EntryCheck _check;
    private readonly EntryRemovals _removals;
    private readonly EntryLookUp _lookUp;

    public EntryStore(
        LayerDirectory layer, ContentHasher hasher, Func<IntegrityLevel> integrity, Action<string> doubted, Action<string, EntryRemoval> removed, TimeProvider time, ILogger logger)
    {
        Layer = layer;
        _files = layer.FileSystem;
        _logger = logger;
        _manifests = new EntryManifests(layer, time, logger);
        _check = new EntryCheck(layer, hasher);
        _removals = new EntryRemovals(layer, doubted, removed, time, logger);
        _lookUp = new EntryLookUp(_manifests, _check, _removals, integrity);
    }

    public LayerDirectory Layer { get; }

    public string PathOf(string name) => Path.Combine(Layer.Root, name);

    public bool Exists(string name) => _manifests.Stat(name) is not null;

    /// <summary>Takes a lease on a whole entry; <see langword="null"/> with the reason otherwise. What is proven wrong on the way goes to quarantine.</summary>
    /// <param name="name">The entry.</param>
    /// <param name="pulse">Beaten where bytes are read.</param>
    /// <param name="reason">Why there is no lease.</param>
    /// <param name="fromDisk">Whether the manifest is read even where its file has not changed since it was read: for whoever checks bytes.</param>
    /// <param name="isUse">Whether this counts as a use, which keeps the entry from expiring.</param>
    public EntryLease? TryLease(string name, OperationPulse pulse, out Reason reason, bool fromDisk = false, bool isUse = true)
    {
        if (!MayExist(name))
        {
            reason = CacheReason.NotCached;
            return null;
        }

        if (Layer.TryLock(EntryName.LockOf(name), exclusive: false) is not { } hold)
        {
            reason = CacheReason.BeingRemoved;
            return null;
        }

        EntryMiss miss;
        using (var held = new EntryHold(hold))
        {
            if (_lookUp.Examine(name, fromDisk, isUse, pulse, out miss) is { } found)
            {
                reason = default;
                return new EntryLease(this, name, found.Manifest, held.Keep(), found.IsShared);
            }
        }

        reason = _lookUp.Follow(name, miss);
        return null;
    }

    /// <summary>Reads every byte of a leased entry and ends the lease; what is wrong goes to quarantine, and what the disk does not give is removed.</summary>
    public EntryVerdict Verify(EntryLease lease, OperationPulse pulse)
    {
        EntryFinding finding;
        FileIdentity? found;
        using (lease)
        {
            try
            {
                finding = _check.Look(lease.Name, lease.Manifest, everyByte: true, pulse);
            }
            catch (UnreadableBytesException unreadable)
            {
                finding = new EntryFinding(EntryVerdict.Unreadable, new(CacheReason.Fault, unreadable.Message));
            }

            found = IdentityOf(lease.Name);
        }

        if (finding.Verdict == EntryVerdict.Unreadable)
        {
            _removals.MakeWay(lease.Name, found, finding.Reason.Text);
        }

        if (finding.Verdict == EntryVerdict.Wrong && found is not null)
        {
            Remove(lease.Name, EntryRemoval.Quarantine, finding.Reason.Text, found);
        }

        return finding.Verdict;
    }

    /// <summary>Whether the files of a leased entry still look as its manifest says, and if they only look younger, whether their bytes do.</summary>
    public bool IsIntact(string name, Manifest manifest, OperationPulse pulse) =>
        _check.Look(name, manifest, everyByte: false, pulse).Verdict is EntryVerdict.Intact or EntryVerdict.Touched;

    /// <summary>
    /// Publishes a finished staging directory under a name and leases it. Where an entry of that name exists and is whole, that one is leased
    /// and the staging thrown away. <see langword="null"/> with the reason where neither is possible, because the entry there is condemned and still leased.
    /// </summary>
    public EntryLease? Publish(string name, string staging, Manifest manifest, OperationPulse pulse, out Reason why)
    {
        why = default;
        for (var attempt = 0; attempt < 2; attempt++)
        {
            if (IsCondemned(name))
            {
                FinishCondemned(name);
            }

            // The lease comes before the rename, so that no evictor gets in between.
            if (!IsCondemned(name) && Layer.TryLock(EntryName.LockOf(name), exclusive: false) is { } hold)
            {
                using var held = new EntryHold(hold);

                // Whoever was given up during a long flush finds out here: its staging may be in the caller's hands by now.
                pulse.Beat();
                if (_files.TryRenameNoReplace(staging, PathOf(name)))
                {
                    _removals.FlushName(name);
                    return new EntryLease(this, name, manifest, held.Keep());
                }
            }

            if (TryLease(name, pulse, out why) is { } existing)
            {
                return existing;
            }

            if (why.Code == CacheReason.NotCached)
            {
                why = new(CacheReason.BeingRemoved, "what is left of another entry lies under its name");
            }

            // What was in the way was wrong and is gone now, or is condemned.
        }

        return null;
    }

    /// <summary>Somebody could not use what a hit of this entry gave: the next look-up, in whatever process, reads every byte of it. False where there is nothing to be read.</summary>
    public bool Doubt(string name)
    {
        if (!Exists(name))
        {
            return false;
        }

        // Held like a lease: nobody exchanges the entry between the look and the writing.
        using (var hold = Layer.TryLock(EntryName.LockOf(name), exclusive: false))
        {
            if (hold is null || _manifests.Read(name, out _) is not { } manifest)
            {
                return false;
            }

            // Where a full disk has no room for the note, whoever doubts it reads it; it may well be good.
            _ = IsNotedAsDoubted(name, manifest);
            return true;
        }
    }

    /// <summary>The same for whoever leases it.</summary>
    public void Doubt(string name, Manifest leased)
    {
        if (!IsNotedAsDoubted(name, leased))
        {
            RemoveDoubted(name, IdentityOf(name));
        }
    }

    /// <inheritdoc cref="EntryRemovals.IdentityOf"/>
    public FileIdentity? IdentityOf(string name) => _removals.IdentityOf(name);

    /// <inheritdoc cref="EntryRemovals.Remove"/>
    public bool Remove(string name, EntryRemoval removal, string reason, FileIdentity? found = null, bool flush = true) => _removals.Remove(name, removal, reason, found, flush);

    /// <inheritdoc cref="EntryRemovals.TryRemove"/>
    public bool? TryRemove(string name, EntryRemoval removal) => _removals.TryRemove(name, removal);

    /// <inheritdoc cref="EntryRemovals.TryEvict"/>
    public bool TryEvict(string name, DateTimeOffset lastAccessSeen) => _removals.TryEvict(name, lastAccessSeen);

    /// <inheritdoc cref="EntryRemovals.IsCondemned"/>
    public bool IsCondemned(string name) => _removals.IsCondemned(name);

    /// <inheritdoc cref="EntryRemovals.FinishCondemned"/>
    public void FinishCondemned(string name) => _removals.FinishCondemned(name);

    /// <inheritdoc cref="EntryRemovals.OnLeaseEnded"/>
    public void OnLeaseEnded(string name) => _removals.OnLeaseEnded(name);

    public void NoteUnreadable(string name, Exception exception)
    {
        if (!IsGone(name))
        {
            StorageLog.Unreadable(_logger, Layer.Name, EntryName.Short(name), exception.Message);
        }
    }

    private bool IsGone(string name)
    {
        try
        {
            return _files.Stat(PathOf(name)) is null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // what is damaged is there
        }
    }

    /// <inheritdoc cref="EntryRemovals.FlushNames"/>
    public void FlushNames() => _removals.FlushNames();

    // What cannot even be looked at is there: the look under its lock finds out whose fault that is.
    private bool MayExist(string name)
    {
        try
        {
            return Exists(name);
        }
        catch (IOException unreadable) when (DiskError.IsUnreadable(unreadable))
        {
            return true;
        }
    }

    private bool IsNotedAsDoubted(string name, Manifest leased)
    {
        try
        {
            _manifests.Doubt(name, leased);
            return true;
        }
        catch (IOException full) when (DiskError.IsFull(full))
        {
            return false;
        }
    }

    // To take it away needs no room. It may be good, and is then made once more for nothing; left as it is, each retry might be given what cannot be read.
    private void RemoveDoubted(string name, FileIdentity? found)
    {
        if (found is not null)
        {
            Remove(name, EntryRemoval.Trash, "doubted, and no room to note it", found);
        }
    }
}
