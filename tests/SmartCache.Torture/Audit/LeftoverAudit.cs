namespace SmartCache.Torture.Audit;

/// <summary>What lies about when no worker lives and a clean-up has run: nothing should.</summary>
internal static class LeftoverAudit
{
    public static List<string> Run(string cache)
    {
        var violations = new List<string>();
        foreach (var layer in new[] { "sources", "profiles", "uploads", "quota", "history", "remote" })
        {
            var root = Path.Combine(cache, layer);
            Report("staging", Entries(Path.Combine(root, "staging")));
            Report("trash", Entries(Path.Combine(root, "trash")));
            Report("locks", Entries(Path.Combine(root, "locks")).Where(path => IsLeftover(root, Path.GetFileName(path))));

            // What was fetched ahead and is gone is booked by then.
            Report("ahead", Entries(Path.Combine(root, "ahead")).Where(path => !Directory.Exists(Path.Combine(root, Path.GetFileNameWithoutExtension(path)))));

            void Report(string what, IEnumerable<string> paths) => violations.AddRange(paths.Select(path => $"left in {layer}/{what}: {Path.GetFileName(path)}"));
        }

        return violations;
    }

    private static bool IsLeftover(string layer, string name) =>
        name.Split('-', 2) is [var kind, var rest]
        && kind switch
        {
            "writer" or "make" or "join" or "key" or "job" or "journal" or "condemned" or "send" => true,
            "entry" => !Directory.Exists(Path.Combine(layer, rest)),
            _ => false,
        };

    private static string[] Entries(string directory) => Directory.Exists(directory) ? Directory.GetFileSystemEntries(directory) : [];
}
