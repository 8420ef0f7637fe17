using System.Text.Json;
using SmartCache.Space;
using SmartCache.Storage.Platform;

namespace SmartCache.Tests.Support;

/// <summary>What this process holds of a cache: open files, and locks that cannot be taken.</summary>
internal static class HeldByThisProcess
{
    public static string Of(TestCache cache)
    {
        var open = Directory.GetFiles("/proc/self/fd").Select(static path => new FileInfo(path).LinkTarget).OfType<string>().Where(path => path.StartsWith(cache.CacheRoot(), StringComparison.Ordinal));
        var locked = Directory.GetDirectories(cache.CacheRoot(), "locks", SearchOption.AllDirectories).SelectMany(Directory.GetFiles).Where(IsHeld);
        return $"open: {string.Join(' ', open.Order())}, locked: {string.Join(' ', locked.Order())}";
    }

    /// <summary>What was given up ends a moment later than its caller.</summary>
    public static async Task BecomesAsync(TestCache cache, string wanted)
    {
        using var guard = new CancellationTokenSource(HangGuard.Limit);
        string held;
        while ((held = Of(cache)) != wanted)
        {
            guard.IsCancellationRequested.Should().BeFalse($"it holds {held} and not {wanted}");
            await Task.Delay(5);
        }

        ReservedBytes(cache).Should().Be(0);
    }

    // From the disk: after a disk that hung, the layers rest, and tell no statistics.
    private static long ReservedBytes(TestCache cache) =>
        Directory.GetFiles(Path.Combine(cache.CacheRoot(), "quota"), "*.json").Where(static path => Path.GetFileName(path) != "account.json")
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
