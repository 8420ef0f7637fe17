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
internal sealed partial class EntryStore(
    LayerDirectory layer,
    ContentHasher hasher,
    Func<IntegrityLevel> integrity,
    Action quarantined,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>Last access is written at most this often per entry: a hit costs no write most of the time.</summary>
    private static readonly TimeSpan TouchInterval = TimeSpan.FromMinutes(1);

    // 20,000 files in manifests are about 5 MB. Parsing a manifest of 200 files costs a millisecond, more than all else a look-up does.
    private readonly ParsedFiles<Manifest> _manifests = new(capacity: 20_000);

    private readonly FileSystem _files = layer.FileSystem;

    public LayerDirectory Layer => layer;

    public string PathOf(string name) => Path.Combine(layer.Root, name);

    public bool Exists(string name) => _files.Stat(Path.Combine(PathOf(name), Manifest.FileName)) is not null;

    /// <summary>Takes a lease on a whole entry; <see langword="null"/> with the reason otherwise. What is proven wrong on the way goes to quarantine.</summary>
    /// <param name="name">The entry.</param>
    /// <param name="pulse">Beaten where bytes are read.</param>
    /// <param name="reason">Why there is no lease.</param>
    /// <param name="fromDisk">Whether the manifest is read even where its file has not changed since it was read: for whoever checks bytes.</param>
    /// <param name="isUse">Whether this counts as a use, which keeps the entry from expiring.</param>
    public EntryLease? TryLease(string name, OperationPulse pulse, out Reason reason, bool fromDisk = false, bool isUse = true)
    {
        var manifestPath = Path.Combine(PathOf(name), Manifest.FileName);
        if (_files.Stat(manifestPath) is null)
        {
            reason = CacheReason.NotCached;
            return null;
        }

        var hold = layer.TryLock(EntryLock(name), exclusive: false);
        if (hold is null)
        {
            reason = CacheReason.BeingRemoved;
            return null;
        }

        EntryIdentity? found = null;
        var isCondemned = false;
        var isUnreadable = false;
        try
        {
            if (isCondemned = IsCondemned(name))
            {
                reason = new(CacheReason.BeingRemoved, "condemned");
            }
            else if (_files.Stat(manifestPath) is not { } facts)
            {
                reason = CacheReason.NotCached;
            }
            else if (!IsReadable(facts))
            {
                reason = new(CacheReason.Damaged, "its manifest is no file, or far too large");
            }
            else if (Examine(name, manifestPath, facts, fromDisk, pulse, out reason, out var isShared) is { } manifest)
            {
                if (isUse)
                {
                    Touch(name, manifestPath, facts);
                }

                var lease = new EntryLease(this, name, manifest, hold, isShared);
                hold = null;
                return lease;
            }

            // While the lock is held: once it is released, another process may exchange the entry for a good one.
            found = reason.Code == CacheReason.Damaged ? IdentityOf(name) : null;
        }
        catch (Exception denied) when (denied is UnauthorizedAccessException or UnreadableBytesException)
        {
            isUnreadable = true;
            reason = new(denied is UnreadableBytesException ? CacheReason.Fault : CacheReason.NoAccess, denied.Message);
            found = IdentityOf(name);
        }
        finally
        {
            hold?.Dispose();
        }

        if (isUnreadable)
        {
            MakeWayFor(name, found, reason.Text);
        }
        else if (reason.Code == CacheReason.Damaged)
        {
            if (found is null || !Remove(name, EntryRemoval.Quarantine, reason.Text, found))
            {
                reason = new(CacheReason.BeingRemoved, "gone meanwhile");
            }
        }
        else if (isCondemned)
        {
            FinishCondemned(name);
        }

        return null;
    }

    /// <summary>Whether something under a manifest's name can be one: a planted giant, link or FIFO is wrong without being read.</summary>
    public static bool IsReadable(in FileFacts manifest) => manifest is { Kind: FileKind.Regular, Length: <= ManifestFormat.MaxBytes };

    /// <summary>Reads every byte of a leased entry and ends the lease; what is wrong goes to quarantine, and what the disk does not give is removed.</summary>
    public EntryVerdict Verify(EntryLease lease, OperationPulse pulse)
    {
        EntryVerdict verdict;
        EntryIdentity? found;
        Reason wrong;
        using (lease)
        {
            try
            {
                verdict = Check(lease.Name, lease.Manifest, pulse, out wrong, everyByte: true);
            }
            catch (UnreadableBytesException unreadable)
            {
                (verdict, wrong) = (EntryVerdict.Unreadable, new(CacheReason.Fault, unreadable.Message));
            }

            found = IdentityOf(lease.Name);
        }

        if (verdict == EntryVerdict.Unreadable)
        {
            MakeWayFor(lease.Name, found, wrong.Text);
        }

        if (verdict == EntryVerdict.Wrong && found is not null)
        {
            Remove(lease.Name, EntryRemoval.Quarantine, wrong.Text, found);
        }

        return verdict;
    }

    /// <summary>Compares an entry's files with its manifest by size and time, by every byte where a time differs, or with <c>Integrity=Full</c> always.</summary>
    public EntryVerdict Check(string name, Manifest manifest, OperationPulse pulse, out Reason reason, bool everyByte = false) =>
        Check(name, manifest, pulse, everyByte, out reason, out _, out _);

    /// <param name="name">The entry.</param>
    /// <param name="manifest">What it should be.</param>
    /// <param name="pulse">Beaten where bytes are read.</param>
    /// <param name="everyByte">Whether bytes are read where nothing says that they changed.</param>
    /// <param name="reason">What is wrong.</param>
    /// <param name="isShared">Whether somebody else has one of the files by hard link.</param>
    /// <param name="modified">The times under which the bytes were found right, where they are others than the manifest's; <see cref="Manifest.NoWitness"/> where the time was too young to be a witness.</param>
    private EntryVerdict Check(
        string name, Manifest manifest, OperationPulse pulse, bool everyByte, out Reason reason, out bool isShared, out IReadOnlyList<long>? modified)
    {
        var verdict = EntryVerdict.Intact;
        var directory = PathOf(name);
        long[]? seen = null;
        reason = default;
        isShared = false;
        modified = null;
        for (var i = 0; i < manifest.Content.Files.Count; i++)
        {
            var file = manifest.Content.Files[i];
            var path = Path.Combine(directory, file.Path);
            if (_files.Stat(path) is not { Kind: FileKind.Regular } facts || facts.Length != file.Length)
            {
                reason = new(CacheReason.Damaged, $"'{file.Path}' is missing or has another size");
                return EntryVerdict.Wrong;
            }

            isShared |= facts.Links > 1;
            if (!facts.IsOwn(manifest.ModeOf(i)))
            {
                // Another user's, or a job has changed its permissions: all names of a file have the same ones.
                _files.OpenRead(path).Dispose();
            }

            if (facts.ModifiedNanoseconds == manifest.Modified[i] && !everyByte)
            {
                hasher.Remember(facts, file.Sha256);
                continue;
            }

            if (facts.ModifiedNanoseconds != manifest.Modified[i])
            {
                // Whoever wrote to it may have it mapped. A write to a page that is dirty already leaves the time as it is; once all are written back, the next one shows.
                _files.Flush(path, pulse);
            }

            using var handle = _files.OpenRead(path);
            var read = _files.Stat(handle);
            var hash = HashTwice(handle, name, file.Path, pulse);
            if (!_files.Stat(handle).IsSameAs(read))
            {
                // A job that writes into its own file, by a hard link, may have written behind the place that was just read, or before it.
                reason = new(CacheReason.InUse, "changed while it was read");
                return EntryVerdict.Changing;
            }

            if (hash != file.Sha256)
            {
                reason = new(CacheReason.Damaged, $"'{file.Path}' has other bytes");
                return EntryVerdict.Wrong;
            }

            if (read.ModifiedNanoseconds != manifest.Modified[i])
            {
                verdict = EntryVerdict.Touched;
                modified = seen ??= [.. manifest.Modified];
                seen[i] = read.IsSettled ? read.ModifiedNanoseconds : Manifest.NoWitness;
            }
        }

        return verdict;
    }

    /// <summary>
    /// Publishes a finished staging directory under a name and leases it. Where an entry of that name exists and is whole, that one is leased
    /// and the staging thrown away. <see langword="null"/> where neither is possible, because the entry there is condemned and still leased.
    /// </summary>
    public EntryLease? Publish(string name, string staging, Manifest manifest, OperationPulse pulse)
    {
        for (var attempt = 0; attempt < 2; attempt++)
        {
            if (IsCondemned(name))
            {
                FinishCondemned(name);
            }

            // The lease comes before the rename, so that no evictor gets in between.
            if (!IsCondemned(name) && layer.TryLock(EntryLock(name), exclusive: false) is { } hold)
            {
                using var cleanup = new EntryHold(hold);

                // Whoever was given up during a long flush finds out here: its staging may be in the caller's hands by now.
                pulse.Beat();
                if (_files.TryRenameNoReplace(staging, PathOf(name)))
                {
                    FlushName(name);
                    return new EntryLease(this, name, manifest, cleanup.Keep());
                }
            }

            if (TryLease(name, pulse, out _) is { } existing)
            {
                return existing;
            }

            // What was in the way was wrong and is gone now, or is condemned.
        }

        return null;
    }

    public void NoteUnreadable(string name, Exception exception)
    {
        if (_files.Stat(PathOf(name)) is not null)
        {
            StorageLog.Unreadable(logger, layer.Name, Short(name), exception.Message);
        }
    }

    private const int ShownDigits = 12;

    /// <summary>As names appear in the log: 12 digits of each of the hashes that they are made of. A profile's second one is its recipe's, without which all profiles of a video look the same.</summary>
    public static string Short(string name) =>
        name.IndexOf('_', StringComparison.Ordinal) is > 0 and var split ? $"{Cut(name[..split])}_{Cut(name[(split + 1)..])}" : Cut(name);

    private static string Cut(string hash) => hash.Length > ShownDigits ? hash[..ShownDigits] : hash;

    private static string EntryLock(string name) => OwnNames.EntryLock + name;

    private void FlushName(string name)
    {
        try
        {
            _files.Flush(layer.Root);
        }
        catch (Exception exception)
        {
            // The entry is there, and its bytes are flushed. A power cut may cost its name, which is a miss.
            StorageLog.NameNotFlushed(logger, layer.Name, Short(name), exception.Message);
        }
    }

    private Manifest? Examine(string name, string manifestPath, in FileFacts facts, bool fromDisk, OperationPulse pulse, out Reason reason, out bool isShared)
    {
        isShared = false;
        var everyByte = integrity() == IntegrityLevel.Full;
        var manifest = fromDisk || everyByte ? null : _manifests.Recall(manifestPath, facts);
        if (manifest is null)
        {
            if (Read(manifestPath, out reason) is not { } read)
            {
                return null;
            }

            manifest = read;
            _manifests.Remember(manifestPath, facts, manifest, manifest.Content.Files.Count);
        }

        return Check(name, manifest, pulse, everyByte, out reason, out isShared, out var modified) switch
        {
            EntryVerdict.Intact => manifest,
            EntryVerdict.Touched => Refresh(name, manifest, manifest with { Modified = modified! }),
            _ => null,
        };
    }

    private static Manifest? Read(string manifestPath, out Reason reason)
    {
        reason = CacheReason.NotCached;
        try
        {
            return StateFile.Read(manifestPath, ManifestFormat.MaxBytes) is { } bytes ? ManifestFormat.Parse(bytes) : null;
        }
        catch (NewerFormatException newer)
        {
            reason = new(CacheReason.NewerVersion, newer.Message);
            return null;
        }
        catch (InvalidDataException broken)
        {
            reason = new(CacheReason.Damaged, broken.Message);
            return null;
        }
    }

    /// <summary>The bytes were right but the times were not: writes down those that were checked, so that the next look-up need not hash again.</summary>
    private Manifest Refresh(string name, Manifest before, Manifest refreshed)
    {
        // What another process wrote since it was read stays. It may be a doubt, and here only the files with other times were read.
        ReplaceManifest(name, refreshed, TimeSpan.Zero, onlyOver: before);
        return refreshed;
    }

    private void ReplaceManifest(string name, Manifest manifest, TimeSpan patience, Manifest? onlyOver)
    {
        var path = Path.Combine(PathOf(name), Manifest.FileName);
        FileLock? turn = null;
        try
        {
            turn = LockWait.For(() => layer.TryLock(OwnNames.ManifestLock + name, exclusive: true), patience, OperationPulse.Unwatched(CancellationToken.None));
            if (onlyOver is null || (turn is not null && Read(path, out _) is { } there && there.Modified.SequenceEqual(onlyOver.Modified)))
            {
                StateFile.Replace(layer, path, ManifestFormat.Write(manifest), flush: false);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk must not cost the hit: the next look-up hashes again.
            StorageLog.NotRefreshed(logger, layer.Name, Short(name), exception.Message);
        }
        finally
        {
            turn?.DeleteAndDispose();
        }
    }

    private void Touch(string name, string manifestPath, in FileFacts facts)
    {
        var now = time.GetUtcNow();
        if (now - facts.Modified > TouchInterval || facts.Modified - now > TouchInterval)
        {
            try
            {
                _files.Touch(manifestPath, now);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The entry is whole. That its use goes unnoticed may cost it a place in the cache, never a job its hit.
                StorageLog.NotRefreshed(logger, layer.Name, Short(name), exception.Message);
            }
        }
    }
}
