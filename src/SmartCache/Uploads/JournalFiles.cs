using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>Where the journals lie: a directory for each target, with its parts.</summary>
internal static class JournalFiles
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(5);

    public static string LockNameOf(string name) => "journal-" + name;

    /// <summary>Excludes whoever else replaces or deletes a part of this target; and appenders, where an append is no single step.</summary>
    /// <exception cref="IOException">Not free within some seconds.</exception>
    public static Turn TakeTurn(LayerDirectory layer, string name, OperationPulse pulse) => layer.TakeTurn(LockNameOf(name), LockPatience, pulse);

    public static string DirectoryOf(LayerDirectory layer) => Path.Combine(layer.Root, "targets");

    public static string DirectoryOf(LayerDirectory layer, string name) => Path.Combine(DirectoryOf(layer), name);

    public static string PathOf(LayerDirectory layer, string name, JournalPart part) => Path.Combine(DirectoryOf(layer, name), part.FileName);

    public static bool IsName(string text) => text.Length == TargetName.ShortLength && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Names of the targets that have journals, the one whose parts changed last first.</summary>
    public static IEnumerable<string> NamesIn(LayerDirectory layer)
    {
        var files = layer.FileSystem;
        var directory = DirectoryOf(layer);
        return files.Stat(directory) is { Kind: FileKind.Directory }
            ? files.ListDirectories(directory)
                .Where(static path => IsName(Path.GetFileName(path)))
                .OrderByDescending(path => ChangedAt(files, path))
                .Select(static path => Path.GetFileName(path))
            : [];
    }

    /// <summary>The parts in order, also what has a part's name and is no file: it is in the way, and what was there is in doubt. Other names are nobody's.</summary>
    public static List<JournalPart> PartsOf(LayerDirectory layer, string name)
    {
        var parts = new List<JournalPart>();
        try
        {
            foreach (var path in layer.FileSystem.List(DirectoryOf(layer, name)))
            {
                if (JournalPart.TryParseFileName(Path.GetFileName(path.AsSpan()), out var part))
                {
                    parts.Add(part);
                }
            }
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }

        parts.Sort();
        return parts;
    }

    private static Int128 ChangedAt(FileSystem files, string path)
    {
        try
        {
            return files.Stat(path)?.ModifiedNanoseconds ?? 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0; // whoever reads it says so
        }
    }
}
