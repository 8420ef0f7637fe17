using SmartCache.Tests.Support;

namespace SmartCache.Tests.Hostile.Trouble;

/// <summary>A directory that is not what the cache takes it for.</summary>
internal static class DirectoryTroubles
{
    public static IReadOnlyList<TroubleCase> All { get; } =
    [
        new("a directory of somebody else's", "files of an owner in all places where the cache has its own", static scene =>
        {
            Directory.CreateDirectory(scene.Cache);
            var owned = Owned.PlantIn(scene.Cache);
            scene.After = () => owned.Changes().Should().BeEmpty();
        }),
        new("a file in its place", "a file", static scene => File.WriteAllText(scene.Cache, "")),
        new("not to be made", "its parent is a file", static scene =>
        {
            File.WriteAllText(scene.Cache, "");
            scene.Cache = Path.Combine(scene.Cache, "cache");
        }),
        new("a link that leads nowhere", "a symbolic link", static scene => File.CreateSymbolicLink(scene.Cache, Path.Combine(scene.Elsewhere, "nowhere", "cache"))),
        new("switched off before", "a file DISABLED", static scene => File.WriteAllText(Path.Combine(Directory.CreateDirectory(scene.Cache).FullName, "DISABLED"), "")),
        new("switched off in the encode", "the same, in the middle of it", static scene =>
            scene.During("encode", () => File.WriteAllText(Path.Combine(Directory.CreateDirectory(scene.Cache).FullName, "DISABLED"), ""))),
        new("deleted in the download", "rm -r in the middle of it", static scene => scene.During("download", () => DeleteCache(scene))),
        new("deleted in the encode", "the same", static scene => scene.During("encode", () => DeleteCache(scene))),
        new("deleted in the upload", "the same", static scene => scene.During("upload", () => DeleteCache(scene))),
        new("a lower layer that renames nothing", "overlayfs over a cache in which the job's work lies already", static scene =>
        {
            var disk = scene.Own(Mount.Tmpfs(64));
            foreach (var name in new[] { "lower", "upper", "work" })
            {
                Directory.CreateDirectory(Path.Combine(disk.Path, name));
            }

            ImageWith(Path.Combine(disk.Path, "lower", "cache"), scene.Plan.Work);
            scene.CacheOn(Mount.Overlay(Path.Combine(disk.Path, "lower"), Path.Combine(disk.Path, "upper"), Path.Combine(disk.Path, "work")));
        }) { Tool = "mount" },
        new("a mount that runs nothing", "tmpfs with noexec, nosuid, nodev", static scene =>
        {
            var mount = scene.CacheOn(Mount.Tmpfs(16));
            Mount.Run("mount", "-o", "remount,noexec,nosuid,nodev,noatime", mount.Path);
        }) { Tool = "mount" },
    ];

    // As often as the cache puts something in between.
    private static void DeleteCache(Scene scene)
    {
        while (Directory.Exists(scene.Cache))
        {
            try
            {
                Directory.Delete(scene.Cache, recursive: true);
                return;
            }
            catch (IOException)
            {
            }
        }
    }

    /// <summary>The work of another worker on the same video, up to the end of its encodes.</summary>
    private static void ImageWith(string root, string work)
    {
        var node = Path.Combine(work, "node of the image");
        using (var worker = new WorkerProcess("whole-job", root, work, node, "0", "0"))
        {
            worker.ReadLineAsync().GetAwaiter().GetResult().Should().NotBeNull();
            worker.ExitAsync().GetAwaiter().GetResult().Should().Be(0);
        }

        Directory.Delete(node, recursive: true);
    }
}
