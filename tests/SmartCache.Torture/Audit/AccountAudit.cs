using System.Text.Json;
using SmartCache.Space;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Torture.Audit;

/// <summary>
/// The account of used space against the disk, before anybody counts again. What it leaves out, another process fills, so it may say too much (a dead
/// worker is charged with all that it had reserved) and never too little; a count takes off what was too much.
/// </summary>
internal static class AccountAudit
{
    /// <summary>A job's state, keys and an index that were written since the count. Less than any source.</summary>
    private const long Records = 64 << 10;

    private static readonly string[] _besideEntries = ["staging", "trash", "quarantine", "partials", "locks", "keys", "facts", "ahead", "metadata.json", "verification.json"];

    /// <summary>Against what only a reservation or a count can have let in: entries, trash and quarantine.</summary>
    public static List<string> TooLow(string cache, bool withTrash = true)
    {
        var counted = Counted(cache);
        var lies = Layers(cache).Sum(layer => Taken(layer, static name => !_besideEntries.Contains(name)) + (withTrash ? FilesIn(layer, "trash") + FilesIn(layer, "quarantine") : 0));
        return counted < lies ? [$"the account says {counted} bytes with what is reserved, and entries, trash and quarantine take {lies}"] : [];
    }

    /// <summary>After a clean-up, with no worker alive.</summary>
    public static List<string> TooHigh(string cache)
    {
        var counted = Counted(cache);
        var lies = Taken(cache, static name => name != "locks");
        return counted is null || counted > lies + Records ? [$"the account says {counted?.ToString() ?? "nothing"} after a count, and {lies} bytes lie there"] : [];
    }

    /// <summary><see langword="null"/> where the account promises nothing to anybody, because nobody has counted.</summary>
    private static long? Counted(string cache)
    {
        var quota = Path.Combine(cache, "quota");
        var account = Path.Combine(quota, "account.json");
        if (!File.Exists(account) || JsonSerializer.Deserialize(File.ReadAllBytes(account), SpaceJson.Default.SpaceAccount)?.Bytes is not { } bytes)
        {
            return null;
        }

        return bytes + Directory.GetFiles(quota, "*.json").Where(path => path != account)
            .Sum(static path => JsonSerializer.Deserialize(File.ReadAllBytes(path), SpaceJson.Default.WriterSpace)!.Bytes);
    }

    private static IEnumerable<string> Layers(string cache) => [Path.Combine(cache, "sources"), Path.Combine(cache, "profiles")];

    // Their own directories are among those that are counted nowhere, a block each.
    private static long FilesIn(string layer, string name) => DiskUsage.Of(Path.Combine(layer, name), OperationPulse.Unwatched(CancellationToken.None), FileSystem.Current);

    private static long Taken(string directory, Func<string, bool> which) =>
        !Directory.Exists(directory) ? 0 : Directory.GetFileSystemEntries(directory).Where(path => which(Path.GetFileName(path))).Sum(static path =>
            AllocatedBytes(path) + (Directory.Exists(path) ? Directory.GetFileSystemEntries(path, "*", SearchOption.AllDirectories).Sum(AllocatedBytes) : 0));

    private static long AllocatedBytes(string path) => FileSystem.Current.Stat(path)?.AllocatedBytes ?? 0;
}
