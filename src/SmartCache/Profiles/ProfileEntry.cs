using System.Globalization;
using SmartCache.Storage;

namespace SmartCache.Profiles;

/// <summary>How an encoded profile lies in an entry: its files below <c>files/</c>, everything else in the manifest's properties.</summary>
internal static class ProfileEntry
{
    private const string FilesPrefix = "files/";
    private const string PropertyPrefix = "property.";

    /// <summary>Where the files of a leased entry lie.</summary>
    public static string FilesOf(EntryLease lease) => Path.Combine(lease.Directory, FilesPrefix.TrimEnd('/'));

    public static string StoredPath(string relativePath) => FilesPrefix + relativePath;

    public static ManifestContent Content(ProfileKey key, EncodedProfile profile, IReadOnlyList<ManifestFile> files, string? outputDirectory, TimeSpan cost, DateTimeOffset now)
    {
        var properties = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["name"] = profile.Name ?? "",
            ["playlist"] = profile.Playlist,
            ["hash"] = HashOf(files),
        };
        if (profile.Duration is { } duration)
        {
            properties["duration"] = duration.TotalSeconds.ToString("R", CultureInfo.InvariantCulture);
        }

        if (outputDirectory is { } output
            && Path.GetRelativePath(output, profile.Directory).Replace(Path.DirectorySeparatorChar, '/') is var below
            && EntryPath.IsSafe(below))
        {
            properties["directory"] = below;
        }

        if (profile.ActualEncoder is { } encoder)
        {
            properties["encoder"] = encoder;
        }

        if (profile.ExtraFiles.Count > 0)
        {
            properties["extra"] = string.Join('\n', profile.ExtraFiles);
        }

        // A null in it would make the manifest a damaged one. A property without a value is none.
        foreach (var (name, value) in profile.Properties.Where(static property => property.Value is not null))
        {
            properties[PropertyPrefix + name] = value;
        }

        return new ManifestContent
        {
            Created = now,
            Files = files,
            Key = key.Preimage,
            Properties = properties,
            CostSeconds = cost.TotalSeconds,
            Maker = LibraryVersion.Text,
        };
    }

    /// <summary>The stored profile as it would lie in a directory of the caller's.</summary>
    public static EncodedProfile? Read(ManifestContent content, string name, string directory, CacheOutcome outcome)
    {
        var properties = content.Properties;
        var extra = properties.TryGetValue("extra", out var lines) ? lines.Split('\n') : [];
        if (!properties.TryGetValue("playlist", out var playlist)
            || !EntryPath.IsSafe(playlist)
            || !extra.All(EntryPath.IsSafe)
            || content.Files.Any(static file => !file.Path.StartsWith(FilesPrefix, StringComparison.Ordinal)))
        {
            return null;
        }

        return new EncodedProfile
        {
            Name = name,
            Directory = directory,
            Playlist = playlist,
            Duration = properties.TryGetValue("duration", out var text) ? ReadDuration(text) : null,
            ActualEncoder = properties.GetValueOrDefault("encoder"),
            ExtraFiles = extra,
            Properties = properties
                .Where(static pair => pair.Key.StartsWith(PropertyPrefix, StringComparison.Ordinal))
                .ToDictionary(static pair => pair.Key[PropertyPrefix.Length..], static pair => pair.Value),
            ContentHash = HashOf(content.Files),
            Outcome = outcome,
        };
    }

    /// <summary>
    /// Where a hit puts the files: in the directory that was asked for, or in the one that the encoder made below it, so that a tree that
    /// was put together from a hit has the paths of one that was encoded.
    /// </summary>
    public static string PlaceBelow(string outputDirectory, ManifestContent content) =>
        content.Properties.TryGetValue("directory", out var below) && EntryPath.IsSafe(below) ? Path.Combine(outputDirectory, below) : outputDirectory;

    public static IReadOnlyList<(int Index, string RelativePath)> Files(ManifestContent content) =>
        [.. content.Files.Select(static (file, index) => (index, file.Path[FilesPrefix.Length..]))];

    // TimeSpan throws for what is no number, and for what it cannot hold.
    private static TimeSpan? ReadDuration(string text) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 1e9 ? TimeSpan.FromSeconds(seconds) : null;

    private static string HashOf(IReadOnlyList<ManifestFile> files) =>
        TreeHash.Compute(files.Select(static file => (file.Path[FilesPrefix.Length..], file.Length, file.Sha256)));
}
