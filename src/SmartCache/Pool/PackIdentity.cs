using SmartCache.Profiles;
using SmartCache.Sources;
using SmartCache.Storage;

namespace SmartCache.Pool;

/// <summary>Whether a pack is what its name says, for whoever has no request to hold it against: names follow from contents and recipes.</summary>
internal static class PackIdentity
{
    public static string ObjectOf(RemoteEntry entry) => $"{Layers.EntryLayer.NameOf(entry.Kind)}/{entry.Name}";

    /// <summary>Whether an entry of this kind can have such a name.</summary>
    public static bool CanBe(EntryKind kind, string name) => OwnNames.IsEntry(name) && OwnNames.IsHash(name) == (kind == EntryKind.Source);

    /// <summary>Whether the header is that of the entry.</summary>
    public static bool Fits(EntryKind kind, string name, ManifestContent content) => kind == EntryKind.Source
        ? ContentOf(content, "content") is { } hash && ContentName.Of(hash) == name && SourceEntry.IsOf(content, hash) && SourceEntry.FileName(content.Files[0].Path) == content.Files[0].Path
        : ContentOf(content, "source") is { } source && ProfileKey.NameOf(source, content.Key) == name && ProfileEntry.Read(content, name, "", CacheOutcome.Hit) is not null;

    /// <summary>The hash of the source that an entry is, or was made of.</summary>
    public static string? ContentOf(ManifestContent content, string key) => content.Key.GetValueOrDefault(key) is { } hash && ContentName.IsHash(hash) ? hash : null;
}
