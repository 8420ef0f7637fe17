using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Sources;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Inspection;

/// <summary>Goes the way of a look-up in the order in which it goes, and touches, reads and takes away nothing.</summary>
internal sealed class LookUpLooks(LayerDirectory layer, EntryKind kind, CacheSettings settings)
{
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    private readonly FileSystem _files = layer.FileSystem;

    private LayerMode Mode => !settings.Enabled ? LayerMode.Off : kind == EntryKind.Source ? settings.SourcesMode : settings.ProfilesMode;

    public InspectedLookUp Of(InspectedSourceKey key, DateTimeOffset now)
    {
        // A fetch in the future comes from a clock that jumped.
        var age = now - key.FetchedAt;
        return !key.Key.IsByContent && (age > settings.MaxSourceAge || age < -ClockTolerance)
            ? Unless(static () => CacheReason.TooOld)
            : Unless(() => ReasonOf(ContentName.Of(key.ContentHash), content => SourceEntry.IsOf(content, key.ContentHash)) is var reason && reason == CacheReason.NotCached
                ? CacheReason.NoLongerCached
                : reason);
    }

    public InspectedLookUp Of(string name) => Unless(() => ReasonOf(name, content => IsOf(content, name)));

    private InspectedLookUp Unless(Func<CacheReason> reason) =>
        _files.FileExists(Path.Combine(settings.Root, "DISABLED")) ? new InspectedLookUp { Reason = CacheReason.Disabled }
        : Mode == LayerMode.Off ? new InspectedLookUp { IsOff = true }
        : IsAnyForeign() ? new InspectedLookUp { Reason = CacheReason.ForeignDirectory }
        : new InspectedLookUp { Reason = Observed(reason()) };

    // One that is somebody else's switches the whole cache off.
    private bool IsAnyForeign() => new[] { ("sources", settings.SourcesDirectory), ("profiles", settings.ProfilesDirectory), ("uploads", settings.UploadsDirectory) }
        .Any(layer => Looking.OrNone(() => _files.FileExists(Path.Combine(layer.Item2, OwnNames.Marker)) ? DirectoryMarker.NameIn(_files, layer.Item2)
            : FileSystem.ListOrNone(() => _files.List(layer.Item2)).All(static path => OwnNames.MayBeInEmptyDirectory(Path.GetFileName(path))) ? layer.Item1 : "") is { } found && found != layer.Item1);

    private CacheReason Observed(CacheReason reason) => Mode == LayerMode.Observe && reason == CacheReason.None ? CacheReason.WouldHaveHit : reason;

    private bool IsOf(ManifestContent content, string name) => kind == EntryKind.Source
        ? content.Files is [{ } file] && ContentName.IsHash(file.Sha256) && ContentName.Of(file.Sha256) == name
        : content.Key.GetValueOrDefault("source") is { } source && ContentName.IsHash(source) && ProfileKey.NameOf(source, content.Key) == name;

    private CacheReason ReasonOf(string name, Func<ManifestContent, bool> isOf)
    {
        try
        {
            if (_files.Stat(Path.Combine(layer.Locks, OwnNames.Condemned + name)) is not null)
            {
                return CacheReason.BeingRemoved;
            }

            var path = Path.Combine(layer.Root, name, Manifest.FileName);
            if (_files.Stat(path) is not { } facts)
            {
                return CacheReason.NotCached;
            }

            return !EntryManifests.IsReadable(facts) || BoundedFile.Read(_files, path, ManifestFormat.MaxBytes) is not { } bytes ? CacheReason.Damaged : ReasonOf(name, ManifestFormat.Parse(bytes), isOf);
        }
        catch (NewerFormatException)
        {
            return CacheReason.NewerVersion;
        }
        catch (InvalidDataException)
        {
            return CacheReason.Damaged;
        }
        catch (UnauthorizedAccessException)
        {
            return CacheReason.NoAccess;
        }
        catch (IOException)
        {
            return CacheReason.Fault;
        }
    }

    private CacheReason ReasonOf(string name, Manifest manifest, Func<ManifestContent, bool> isOf)
    {
        foreach (var file in manifest.Content.Files)
        {
            var path = Path.Combine(layer.Root, name, file.Path);
            if (_files.Stat(path) is not { Kind: FileKind.Regular } facts || facts.Length != file.Length)
            {
                return CacheReason.Damaged;
            }

            _files.OpenRead(path).Dispose();
        }

        return isOf(manifest.Content) ? CacheReason.None : CacheReason.OtherContent;
    }
}
