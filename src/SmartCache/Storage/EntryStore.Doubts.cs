using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <content>Entries that nobody has proven wrong, and that may be of no use all the same: the disk, or the system, does not give their bytes.</content>
internal sealed partial class EntryStore
{
    // Others hold the lock for milliseconds. Whoever has it for longer hangs, and the doubt is written all the same.
    private static readonly TimeSpan DoubtPatience = TimeSpan.FromSeconds(2);

    /// <summary>Somebody could not use what a hit of this entry gave: the next look-up, in whatever process, reads every byte of it. False where there is nothing to be read.</summary>
    public bool Doubt(string name)
    {
        if (!Exists(name))
        {
            return false;
        }

        // Held like a lease: nobody exchanges the entry between the look and the writing.
        using var hold = layer.TryLock(EntryLock(name), exclusive: false);
        if (hold is null || Read(Path.Combine(PathOf(name), Manifest.FileName), out _) is not { } manifest)
        {
            return false;
        }

        Doubt(name, manifest);
        return true;
    }

    /// <summary>The same for whoever leases the entry.</summary>
    public void Doubt(string name, Manifest leased) => ReplaceManifest(name, leased.WithoutWitnesses(), DoubtPatience, onlyOver: null);

    private string HashTwice(SafeFileHandle handle, string name, string file, OperationPulse pulse)
    {
        try
        {
            return ContentHasher.Hash(handle, pulse);
        }
        catch (IOException first) when (DiskError.IsUnreadable(first))
        {
            // A disk may hiccup.
        }

        try
        {
            return ContentHasher.Hash(handle, pulse);
        }
        catch (IOException again) when (DiskError.IsUnreadable(again))
        {
            // Where the disk gives nothing at all, it is not this entry: that is the fault to be told.
            var manifest = Path.Combine(PathOf(name), Manifest.FileName);
            _files.DropFromPageCache(manifest);
            StateFile.Read(manifest, ManifestFormat.MaxBytes);
            throw new UnreadableBytesException(file, again);
        }
    }

    // Nothing is proven wrong, but while it lies there nothing can be stored under its name.
    private void MakeWayFor(string name, EntryIdentity? unreadable, string reason)
    {
        if (unreadable is not null && Remove(name, EntryRemoval.Trash, reason, unreadable))
        {
            StorageLog.NotReadable(logger, layer.Name, Short(name), reason);
        }
    }
}
