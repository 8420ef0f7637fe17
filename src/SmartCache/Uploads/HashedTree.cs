using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>The tree of one request as it was when it was hashed.</summary>
internal sealed class HashedTree
{
    /// <summary>In ordinal order of paths.</summary>
    public required IReadOnlyList<UploadFile> Files { get; init; }

    /// <summary>What the file system said about each file while it was hashed, by relative path.</summary>
    public required IReadOnlyDictionary<string, FileFacts> Facts { get; init; }

    /// <summary>Links, devices and leftovers in it, which are neither listed nor hashed.</summary>
    public IReadOnlyList<string> PassedBy { get; init; } = [];

    /// <summary>Where <see cref="IsUnchanged"/> looks.</summary>
    public required FileSystem FileSystem { get; init; }

    public required string Directory { get; init; }

    public required long Length { get; init; }

    /// <summary>
    /// Hash of the whole tree; <see langword="null"/> where it holds links, devices or what a killed encode left: what an uploader makes of them is not
    /// known, so such a tree is never skipped as a whole.
    /// </summary>
    public required string? Hash { get; init; }

    public required IReadOnlyList<TreeProfile> Profiles { get; init; }

    /// <summary>The keys of the files, each once.</summary>
    public required IReadOnlySet<ContentKey> FileKeys { get; init; }

    public ContentKey? Key => ContentKey.TryParse(Hash, out var key) ? key : null;

    /// <summary>Every key that a journal may say something useful about.</summary>
    public IReadOnlySet<ContentKey> Wanted
    {
        get
        {
            var keys = new HashSet<ContentKey>(FileKeys);
            keys.UnionWith(Profiles.Select(profile => profile.Key).OfType<ContentKey>());
            if (Key is { } tree)
            {
                keys.Add(tree);
            }

            return keys;
        }
    }

    /// <summary>Whether the file still is what was hashed, as far as its facts tell. An uploader may delete what it has sent.</summary>
    public bool IsUnchanged(UploadFile file)
    {
        if (!Facts.TryGetValue(file.RelativePath, out var hashed))
        {
            return true;
        }

        try
        {
            return FileSystem.Stat(Path.Combine(Directory, file.RelativePath)) is not { } now || now.IsUnchangedFrom(hashed);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
