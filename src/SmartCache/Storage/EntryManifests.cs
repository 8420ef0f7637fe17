using Microsoft.Extensions.Logging;
using SmartCache.Abstractions;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>The manifests of a layer's entries as files: read and remembered, replaced where times differ, and touched, which is how a use is noted.</summary>
internal sealed class EntryManifests(LayerDirectory layer, TimeProvider time, ILogger logger)
{
    /// <summary>Last access is written at most this often per entry: a hit costs no write most of the time.</summary>
    private static readonly TimeSpan TouchInterval = TimeSpan.FromMinutes(1);

    // Others hold the lock for milliseconds. Whoever has it for longer hangs, and the doubt is written all the same.
    private static readonly TimeSpan DoubtPatience = TimeSpan.FromSeconds(2);

    // 20,000 files in manifests are about 5 MB. Parsing a manifest of 200 files costs a millisecond, more than all else a look-up does.
    private readonly KnownFiles<Manifest> _known = new(capacity: 20_000);

    private readonly FileSystem _files = layer.FileSystem;

    /// <summary>Whether something under a manifest's name can be one: a planted giant, link or FIFO is wrong without being read.</summary>
    public static bool IsReadable(in FileFacts manifest) => manifest is { Kind: FileKind.Regular, Length: <= ManifestFormat.MaxBytes };

    public string PathOf(string name) => Path.Combine(layer.Root, name, Manifest.FileName);

    public FileFacts? Stat(string name) => _files.Stat(PathOf(name));

    /// <summary>The manifest, from memory where its file has not changed since it was read.</summary>
    /// <param name="name">The entry.</param>
    /// <param name="facts">What the file system says of the manifest now.</param>
    /// <param name="fromDisk">Whether it is read all the same.</param>
    /// <param name="reason">Why there is none.</param>
    public Manifest? Get(string name, in FileFacts facts, bool fromDisk, out Reason reason)
    {
        reason = default;
        if (!fromDisk && _known.Recall(facts) is { } known)
        {
            return known;
        }

        var read = Read(name, out reason);
        if (read is not null)
        {
            _known.Remember(_files, PathOf(name), facts, read, read.Content.Files.Count);
        }

        return read;
    }

    public Manifest? Read(string name, out Reason reason)
    {
        reason = CacheReason.NotCached;
        try
        {
            return BoundedFile.Read(_files, PathOf(name), ManifestFormat.MaxBytes) is { } bytes ? ManifestFormat.Parse(bytes) : null;
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
    public Manifest Refresh(string name, Manifest before, IReadOnlyList<long> modified)
    {
        // What another process wrote since it was read stays. It may be a doubt, and here only the files with other times were read.
        var refreshed = before with { Modified = modified };
        Replace(name, refreshed, TimeSpan.Zero, onlyOver: before);
        return refreshed;
    }

    /// <summary>Whoever leases the entry next reads every byte of it before it is believed.</summary>
    /// <exception cref="IOException">There is no room to write that down.</exception>
    public void Doubt(string name, Manifest leased) => Replace(name, leased.WithoutWitnesses(), DoubtPatience, onlyOver: null);

    /// <summary>Notes that the entry was used now.</summary>
    public void Touch(string name, in FileFacts facts)
    {
        var now = time.GetUtcNow();
        if (now - facts.Modified > TouchInterval || facts.Modified - now > TouchInterval)
        {
            try
            {
                _files.Touch(PathOf(name), now);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The entry is whole. That its use goes unnoticed may cost it a place in the cache, never a job its hit.
                StorageLog.NotRefreshed(logger, layer.Name, EntryName.Short(name), exception.Message);
            }
        }
    }

    private void Replace(string name, Manifest manifest, TimeSpan patience, Manifest? onlyOver)
    {
        try
        {
            using var turn = layer.TryTakeTurn(OwnNames.ManifestLock + name, patience, OperationPulse.Unwatched(CancellationToken.None));
            if (onlyOver is null ? Stat(name) is not null : turn is not null && Read(name, out _) is { } there && there.Modified.SequenceEqual(onlyOver.Modified))
            {
                // Flushed, although it is the rarest of hits: an empty manifest after a power cut would cost the entry.
                StateFile.Replace(layer, PathOf(name), ManifestFormat.Write(manifest), flush: true);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && (onlyOver is not null || !DiskError.IsFull(exception)))
        {
            // A full disk must not cost the hit: the next look-up hashes again. A doubt that is lost is another matter: the next look-up would not read.
            StorageLog.NotRefreshed(logger, layer.Name, EntryName.Short(name), exception.Message);
        }
    }
}
