using SmartCache.Configuration;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Tests.Support;

/// <summary>One layer's directory by itself, below a root.</summary>
internal sealed class LayerOf : ICacheSettingsSource, IDisposable
{
    public LayerOf(string root, string name = "sources", FileSystem? fileSystem = null)
    {
        Current = CacheSettings.ForRoot(root);
        Directory = new LayerDirectory(name, Path.Combine(Current.Root, name), () => Current, fileSystem ?? FileSystem.Current);
    }

    public CacheSettings Current { get; set; }

    public LayerDirectory Directory { get; }

    public void Dispose() => Directory.Dispose();
}
