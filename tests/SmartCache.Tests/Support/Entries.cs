using SmartCache.Abstractions;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Tests.Support;

/// <summary>Makes entries of any name and content in a layer, and reads them.</summary>
internal static class Entries
{
    public const string Name = "0123456789abcdef0123456789abcdef";

    public static OperationPulse Pulse => OperationPulse.Unwatched(CancellationToken.None);

    public static EntryLayer Layer(this TestCache cache) => cache.Manager.SourceStore.Layer;

    public static EntryLayer ProfileLayer(this TestCache cache) => cache.Manager.ProfileStore.Layer;

    public static string CacheRoot(this TestCache cache) => cache.Settings.Root;

    public static string NameOf(int number) => number.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Publishes and gives the lease; the worker's files are deleted again, as a worker does.</summary>
    public static EntryLease? Publish(this TestCache cache, string name, params (string Path, byte[] Content)[] files) => Publish(cache.Layer(), name, null, files);

    public static EntryLease? Publish(EntryLayer layer, string name, DateTimeOffset? created, params (string Path, byte[] Content)[] files)
    {
        layer.Directory.EnsureOpen();
        var work = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(layer.Settings.Current.Root)!, $"publish-{Guid.NewGuid():N}")).FullName;
        try
        {
            using var staged = new StagedEntry(layer.Directory, layer.Transfer);
            foreach (var (path, content) in files)
            {
                var source = Path.Combine(work, path.Replace('/', '_'));
                File.WriteAllBytes(source, content);
                File.SetLastWriteTimeUtc(source, DateTime.UtcNow.AddMinutes(-5));
                staged.Take(source, path);
            }

            var hashed = staged.Hash(layer.Hasher, Pulse);
            var manifest = staged.Finish(
                new ManifestContent
                {
                    Created = created ?? DateTimeOffset.UtcNow,
                    Files = hashed,
                    Key = new Dictionary<string, string> { ["made"] = "by a test" },
                    Properties = new Dictionary<string, string>(),
                },
                Pulse);
            return layer.Entries.Publish(name, staged.Directory, manifest, Pulse, out _);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>Publishes and lets go.</summary>
    public static void Put(this TestCache cache, string name, byte[] content) => cache.Publish(name, ("source.bin", content))!.Dispose();

    /// <summary>The right to evict, as another worker has it. A process that another test starts inherits a lock for a moment, even one that was released.</summary>
    public static FileLock TakeTurn(this TestCache cache)
    {
        cache.Manager.AccountDirectory.EnsureOpen();
        return cache.Manager.AccountDirectory.TakeLock("evictor", exclusive: true, TimeSpan.FromMinutes(1), OperationPulse.Unwatched(CancellationToken.None));
    }

    public static string PathOf(this TestCache cache, string name, string file = "source.bin") => Path.Combine(cache.Layer().Entries.PathOf(name), file);

    public static string ManifestOf(this TestCache cache, string name) => cache.PathOf(name, Manifest.FileName);

    public static void SetLastAccess(this TestCache cache, string name, TimeSpan ago) => File.SetLastWriteTimeUtc(cache.ManifestOf(name), DateTime.UtcNow - ago);

    public static EntryLease? TryLease(this TestCache cache, string name, out Reason reason) => cache.Layer().Entries.TryLease(name, Pulse, out reason);

    public static IReadOnlyList<string> Names(this TestCache cache) => [.. new EntryScan(cache.Layer().Entries).Names().Order()];

    public static UnixFileMode ModeOf(string path) => FileSystem.Current.Stat(path)!.Value.Mode;

    /// <summary>Changes one byte in place and puts the modification time back, as a failing disk does.</summary>
    public static void FlipSilently(string path, int at = 0)
    {
        var time = File.GetLastWriteTimeUtc(path);
        Overwrite(path, at);
        File.SetLastWriteTimeUtc(path, time);
    }

    /// <summary>Changes one byte in place.</summary>
    public static void Overwrite(string path, int at = 0)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = at;
        var value = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(value ^ 0x20));
    }
}
