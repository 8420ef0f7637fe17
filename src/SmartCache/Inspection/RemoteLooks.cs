using SmartCache.Configuration;
using SmartCache.Remote;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Inspection;

/// <summary>Looks at what the remote tier keeps on the disk.</summary>
internal sealed class RemoteLooks(LayerDirectory remote, CacheSettings settings)
{
    private readonly FileSystem _files = remote.FileSystem;

    /// <returns><see langword="null"/> where no tier is set up, and none has left anything.</returns>
    public InspectedRemote? Look(CancellationToken cancellationToken)
    {
        if (settings.Remote.Mode == RemoteMode.Off && !_files.DirectoryExists(remote.Root))
        {
            return null;
        }

        var (count, bytes, oldest) = (0, 0L, (DateTimeOffset?)null);
        foreach (var path in FileSystem.ListOrNone(() => _files.ListFiles(Path.Combine(remote.Root, Outbox.Folder))).Where(static path => OwnNames.IsIntent(Path.GetFileName(path))))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Looking.OrNone(() => Outbox.Read(_files, path)) is { } owed)
            {
                (count, bytes, oldest) = (count + 1, bytes + owed.Bytes, oldest < owed.At ? oldest : owed.At);
            }
        }

        return new InspectedRemote
        {
            Mode = settings.Remote.Mode,
            ReadsRest = Looking.OrNone(() => Breaker.Read(_files, remote.Root, Breaker.OfReads)),
            WritesRest = Looking.OrNone(() => Breaker.Read(_files, remote.Root, Breaker.OfWrites)),
            OwedEntries = count,
            OwedBytes = bytes,
            OldestOwed = oldest,
        };
    }
}
