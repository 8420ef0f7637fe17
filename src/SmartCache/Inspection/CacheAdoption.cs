using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SmartCache.Configuration;
using SmartCache.Eviction;
using SmartCache.Inspection;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache;

/// <summary>Takes over a directory that holds a cache but bears no marker of one, so that workers leave it alone and are without a cache.</summary>
/// <remarks>
/// Such a directory was restored from a backup that passes over marked directories' markers, or somebody deleted its <c>CACHEDIR.TAG</c>. Whoever takes one over allows the cache to
/// delete in it: look at <see cref="Directories"/> first, and ask.
/// </remarks>
public sealed class CacheAdoption
{
    private readonly CacheSettings _settings;
    private readonly FileSystem _files;

    private CacheAdoption(CacheSettings settings, FileSystem files)
    {
        (_settings, _files) = (settings, files);
        (string Name, string Directory)[] all =
        [
            (EntryLayer.NameOf(EntryKind.Source), settings.SourcesDirectory), (EntryLayer.NameOf(EntryKind.Profile), settings.ProfilesDirectory), ("uploads", settings.UploadsDirectory),
            (DirectoryMarker.Root, settings.Root),
        ];
        Directories = [.. all.Where(one => files.Stat(Path.Combine(one.Directory, ".")) is not null).Select(one => Look(one.Name, one.Directory))];
    }

    /// <summary>The cache's directory.</summary>
    public string Directory => _settings.Root;

    /// <summary>The layers that are there, and the root, as they were when this was made.</summary>
    public IReadOnlyList<AdoptableDirectory> Directories { get; }

    /// <summary>Why the directory cannot be taken over; <see langword="null"/> where it can, or is a cache already.</summary>
    public string? WhyNot =>
        Directories.FirstOrDefault(static one => one.IsForeign) is { } foreign ? $"'{foreign.Directory}' bears the marker of something else."
        : Directories.FirstOrDefault(static one => !one.IsMarked && one.Damaged.Count > 0) is { } damaged
            ? $"'{damaged.Directory}' has {damaged.Damaged.Count} directories that are called as entries are and are none, which a clean-up would delete. Move them away first."
        : Directories.FirstOrDefault(static one => one is { IsMarked: false, Entries: 0, Name: not DirectoryMarker.Root, Foreign.Count: > 0 }) is { } other ? $"'{other.Directory}' holds nothing that a cache has stored, and something else."
        : Directories.All(static one => one.Name == DirectoryMarker.Root ? !one.IsMarked : one is { IsMarked: false, Entries: 0 }) ? $"'{Directory}' holds nothing that a cache has stored."
        : null;

    /// <summary>Whether all of it bears the marker.</summary>
    public bool IsAdopted => Directories.All(static one => one.IsMarked);

    /// <summary>Looks at a directory and changes nothing.</summary>
    /// <param name="options">Where it lies; not kept. A relative directory begins at the working directory.</param>
    /// <exception cref="OptionsValidationException">The options are invalid.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not look into it.</exception>
    [SuppressMessage("ApiDesign", "RS0030", Justification = "Nobody else hands a file system to it.")]
    public static CacheAdoption Look(CacheOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var parser = new CacheSettingsParser(new EvictionPolicyCatalog([]).Names, Environment.CurrentDirectory);
        var settings = FixedSettings.From(options, parser, NullLogger.Instance).Current;
        return FileSystem.Current.Stat(Path.Combine(settings.Root, ".")) is null
            ? throw new DirectoryNotFoundException($"There is no directory '{settings.Root}'.")
            : new CacheAdoption(settings, FileSystem.ForOwners);
    }

    /// <summary>Marks the directories that bear no marker, the root last; the markers belong to the owners of the directories. Where it is cut off, the directory is no cache yet, and this goes on when it is called again.</summary>
    /// <exception cref="InvalidOperationException">It cannot be taken over: see <see cref="WhyNot"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write there.</exception>
    /// <exception cref="IOException">The disk did not take it, or a marker of something else has come there.</exception>
    public void Adopt()
    {
        if (WhyNot is { } why)
        {
            throw new InvalidOperationException(why);
        }

        foreach (var directory in Directories.Where(static one => !one.IsMarked))
        {
            DirectoryMarker.Claim(_files, directory.Directory, directory.Name, _settings.FileMode, isKnown: true);
        }
    }

    private AdoptableDirectory Look(string name, string directory)
    {
        var files = new ReadOnlyFileSystem(_files);
        var marker = DirectoryMarker.NameIn(files, directory);
        var names = files.List(directory).Select(static path => Path.GetFileName(path)).Where(static one => one != OwnNames.Marker && !OwnNames.MayBeInEmptyDirectory(one)).ToList();
        var found = new AdoptableDirectory
        {
            Name = name,
            Directory = directory,
            IsMarked = marker == name,
            IsForeign = marker is not null && marker != name,
            Foreign = [.. names.Where(one => name == DirectoryMarker.Root ? !OwnNames.IsInRoot(one) : !OwnNames.IsAtTop(one)).Order(StringComparer.Ordinal)],
        };
        if (name == DirectoryMarker.Root)
        {
            return found;
        }

        if (name == "uploads")
        {
            return found with { Entries = names.Count(OwnNames.IsJobFile) };
        }

        var layer = new LayerDirectory(name, directory, () => _settings, files);
        var entries = new EntryLooks(layer, name == EntryLayer.NameOf(EntryKind.Source) ? EntryKind.Source : EntryKind.Profile).Entries().ToList();
        return found with
        {
            Entries = entries.Count(static entry => entry.State is InspectedEntryState.Readable or InspectedEntryState.Newer),
            Damaged = [.. entries.Where(static entry => entry.State == InspectedEntryState.Damaged).Select(static entry => entry.Name).Order(StringComparer.Ordinal)],
        };
    }
}
