namespace SmartCache.Tool.Doctor;

/// <summary>Whether there is a cache, whether it is on, and whether something else lies in it.</summary>
internal static class PlaceChecks
{
    private const string Marker = "CACHEDIR.TAG";
    private const string Switch = "DISABLED";

    private const int Hash = 32;

    /// <summary>What the cache makes at the top of a layer, beside entries and jobs.</summary>
    internal static readonly string[] OfLayers = [Marker, "locks", "staging", "trash", "quarantine", "keys", "facts", "ahead", "partials", "targets", "metadata.json", "verification.json"];
    private static readonly string[] _own = ["sources", "profiles", "uploads", "quota", "history", "remote", Marker, Switch, "lost+found"];

    /// <returns>The way in; <see langword="null"/> where there is none, which is a finding.</returns>
    public static CacheInspector? Enter(CacheOptions options, Findings findings)
    {
        var root = options.Directory!;
        try
        {
            return CacheInspector.Open(options);
        }
        catch (DirectoryNotFoundException) when (!Directory.Exists(root))
        {
            // Asked afterwards: where the directory above may not be entered, Open says that, and this would be false as well.
            findings.Add("no-directory", root, "there is no such directory", "start a worker, which makes it; or name another one: --directory, --settings, CACHE_DIRECTORY");
        }
        catch (DirectoryNotFoundException)
        {
            findings.Add("not-a-cache", root, $"it bears no {Marker} of a cache", "if it is a cache that lost its marker, or came back without one: smartcache adopt; else give the cache an empty directory of its own; a worker that finds anything else in one leaves it alone and is without a cache");
        }
        catch (UnauthorizedAccessException)
        {
            findings.Add("no-access", root, "this user may not look into it", "run this as the worker's user; if that is who you are, give it the directory (chown), or set DirectoryMode and a common group");
        }

        return null;
    }

    public static void Look(CacheOptions options, Findings findings)
    {
        var root = options.Directory!;
        if (File.Exists(Path.Combine(root, Switch)))
        {
            findings.Add("disabled", Path.Combine(root, Switch), "this file switches the cache off, for all workers", "remove it when the cache is to work");
        }

        string?[] elsewhere = [options.Locations.Sources, options.Locations.Profiles, options.Locations.Uploads];
        var foreign = Directory.EnumerateFileSystemEntries(root).Select(static path => Path.GetFileName(path))
            .Where(name => !_own.Contains(name) && !name.StartsWith('.') && !elsewhere.Contains(Path.Combine(root, name))).Order(StringComparer.Ordinal).ToList();
        if (foreign.Count > 0)
        {
            AddForeign(root, foreign, findings);
        }
    }

    private static void AddForeign(string directory, List<string> foreign, Findings findings) =>
        findings.Add("foreign-files", directory, $"{foreign.Count} names there are not the cache's: {string.Join(", ", foreign.Take(10))}", "move them away; they take space that the cache does not count");

    // As docs/format.md has them: one hash, or two; of a job its safe name and 16 digits.
    private static bool IsOfLayer(string layer, string name) =>
        OfLayers.Contains(name)
        || (layer == "uploads" ? name.EndsWith(".json", StringComparison.Ordinal) : name.All(static c => char.IsAsciiHexDigitLower(c) || c == '_') && name.Length == (layer == "sources" ? Hash : (2 * Hash) + 1));

    // A new file system has a lost+found, and a mounted volume often has a file with a dot: a worker makes its layer beside them.
    private static bool IsForeign(string name) => name != "lost+found" && !name.StartsWith('.');

    public static void Look(IReadOnlyList<InspectedLayer> layers, Findings findings)
    {
        foreach (var layer in layers.Where(static layer => layer.IsPresent && layer.Failure is null))
        {
            var foreign = Directory.EnumerateFileSystemEntries(layer.Directory).Select(static path => Path.GetFileName(path)).Where(name => IsForeign(name) && !IsOfLayer(layer.Name, name)).Order(StringComparer.Ordinal).ToList();
            if (foreign.Count > 0)
            {
                AddForeign(layer.Directory, foreign, findings);
            }
        }

        foreach (var layer in layers.Where(static layer => !layer.IsPresent && Directory.Exists(layer.Directory) && Directory.EnumerateFileSystemEntries(layer.Directory).Select(static path => Path.GetFileName(path)).Any(IsForeign)))
        {
            findings.Add("foreign-layer", layer.Directory, $"it should hold the layer {layer.Name} and bears no marker of it", "move what lies there away, or set Cache:Locations; until then the whole cache is off");
        }
    }
}
