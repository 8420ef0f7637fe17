using System.Text.Json;
using SmartCache.Space;
using SmartCache.Storage.Platform;

namespace SmartCache.Worker.WholeJob;

/// <summary>What this process holds of a cache: open files, locks that cannot be taken, and space.</summary>
internal static class Held
{
    public static string Of(string root) => string.Join(' ', All(root));

    /// <summary>Each file that is open and each lock that is held.</summary>
    public static IReadOnlyList<string> All(string root)
    {
        var open = Directory.GetFiles("/proc/self/fd").Select(static path => new FileInfo(path).LinkTarget).OfType<string>().Where(path => path.StartsWith(root, StringComparison.Ordinal));
        var locked = Directory.GetDirectories(root, "locks", SearchOption.AllDirectories).SelectMany(Directory.GetFiles).Where(IsHeld);
        return [.. open.Order(StringComparer.Ordinal).Select(static path => "open: " + path), .. locked.Order(StringComparer.Ordinal).Select(static path => "locked: " + path)];
    }

    // From the disk: after a disk that hung, the layers rest, and tell no statistics.
    public static long ReservedBytes(string root) =>
        Directory.GetFiles(Path.Combine(root, "quota"), "*.json").Where(static path => Path.GetFileName(path) != "account.json")
            .Sum(static path => JsonSerializer.Deserialize(File.ReadAllBytes(path), SpaceJson.Default.WriterSpace)!.Bytes);

    private static bool IsHeld(string path)
    {
        if (FileSystem.Current.Stat(path) is null)
        {
            return false;
        }

        using var taken = FileSystem.Current.TryLock(path, exclusive: true, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return taken is null;
    }
}
