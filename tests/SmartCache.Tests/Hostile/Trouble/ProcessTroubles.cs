using SmartCache.Tests.Support;

namespace SmartCache.Tests.Hostile.Trouble;

/// <summary>A worker that may not, or cannot, what the one before could: each attempt is a process of its own.</summary>
internal static class ProcessTroubles
{
    public const string OldLibraryName = "a C library without statx and renameat2";
    private static readonly string[] _layers = ["sources", "profiles"];

    public static IReadOnlyList<TroubleCase> All { get; } =
    [
        new("another user's directory", "root's, mode 0700, and the worker is nobody", static scene =>
        {
            Directory.CreateDirectory(scene.Cache);
            Mount.Run("chmod", "700", scene.Cache);
            AsNobody(scene);
        }) { Tool = "mount" },
        new("entries that its user may not read", "chmod 000 on all of their files between the attempts, and the worker is nobody", static scene =>
        {
            Directory.CreateDirectory(scene.Cache);
            Mount.Run("chown", "nobody", scene.Cache);
            AsNobody(scene);
            scene.Between = () => ForEachEntry(scene, static path => Mount.Run("find", path, "-type", "f", "-exec", "chmod", "000", "{}", "+"));
        }) { Tool = "mount", Varies = true },
        new("entries of another user", "chown to root, mode 0600 and 0700, between the attempts, and the worker is nobody", static scene =>
        {
            Directory.CreateDirectory(scene.Cache);
            Mount.Run("chown", "nobody", scene.Cache);
            AsNobody(scene);
            scene.Between = () => ForEachEntry(scene, static path =>
            {
                Mount.Run("chown", "-R", "root", path);
                Mount.Run("chmod", "-R", "u=rwX,go=", path);
            });
        }) { Tool = "mount", Varies = true },
        new(OldLibraryName, "one compiled for the test", static scene =>
        {
            var library = OldLibrary.MakeIn(scene.Elsewhere);
            scene.Process = arguments => new WorkerProcess(["with-library", library, .. arguments]);
        }) { Tool = "gcc" },
    ];

    private static void AsNobody(Scene scene)
    {
        Mount.Run("chmod", "755", scene.Elsewhere);
        Mount.Run("chown", "nobody", scene.Plan.Work);
        Directory.CreateDirectory(scene.Node);
        Mount.Run("chown", "nobody", scene.Node);
        scene.Process = static arguments => WorkerProcess.As("nobody", "nogroup", arguments);
    }

    private static void ForEachEntry(Scene scene, Action<string> change)
    {
        foreach (var layer in _layers.Select(name => Path.Combine(scene.Cache, name)).Where(Directory.Exists))
        {
            foreach (var entry in Directory.GetDirectories(layer).Where(static path => File.Exists(Path.Combine(path, "manifest.json"))))
            {
                change(entry);
            }
        }
    }
}
