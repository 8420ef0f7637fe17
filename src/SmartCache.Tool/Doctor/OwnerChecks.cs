namespace SmartCache.Tool.Doctor;

/// <summary>Whether all that lies in the cache is open to whom the cache belongs to, and to nobody else.</summary>
internal static class OwnerChecks
{
    internal static readonly string[] Inside = ["locks", "staging", "trash", "quarantine", "keys", "facts", "ahead", "partials", "targets"];

    /// <param name="root">The cache's directory.</param>
    /// <param name="wantedMode"><c>DirectoryMode</c>, where the settings of this cache are known and name one.</param>
    /// <param name="layers">The layers.</param>
    /// <param name="findings">What was found.</param>
    public static void Look(string root, string? wantedMode, IReadOnlyList<InspectedLayer> layers, Findings findings)
    {
        if (!OperatingSystem.IsLinux() || PlainCalls.OwnerOf(Path.Combine(root, ".")) is not { } owner)
        {
            return;
        }

        string[] directories = [root, .. layers.Where(static layer => layer.IsPresent).Select(static layer => layer.Directory), Path.Combine(root, "quota"), Path.Combine(root, "history"), Path.Combine(root, "remote"), Path.Combine(root, "remote", "outbox")];
        foreach (var directory in directories.Distinct(StringComparer.Ordinal))
        {
            LookAtMode(directory, findings);
        }

        if (wantedMode is { } mode && TryParse(mode, out var wanted) && wanted != owner.Permissions)
        {
            findings.Add(
                "mode", root, $"DirectoryMode is {mode}, and the directory has {Octal(owner.Permissions)}: one that is there keeps its mode", $"chmod {Octal(wanted)} on it and on the directories in it, or correct the setting");
        }

        LookAtOwners(directories, owner, findings);
    }

    private static void LookAtMode(string directory, Findings findings)
    {
        if (PlainCalls.OwnerOf(Path.Combine(directory, ".")) is not { } found)
        {
            return;
        }

        if (found.MayOthersWrite)
        {
            findings.Add("open-to-all", directory, $"every user of the machine may write there (mode {Octal(found.Permissions)}), and put into the cache what jobs are given", "chmod o-rwx; for workers under several users a common group");
        }

        if (found.MayGroupWrite && !found.HandsGroupOn)
        {
            findings.Add(
                "no-setgid", directory, $"its group may write (mode {Octal(found.Permissions)}), and what a worker makes there gets that worker's own group, so that others cannot open it", "chmod g+s on it and on the directories in it");
        }
    }

    // What lies one step down: locks, entries, records, jobs. A worker cannot use what belongs to somebody else and is closed to it.
    private static void LookAtOwners(string[] directories, FileOwner owner, Findings findings)
    {
        var (count, first, whose) = (0, "", default(FileOwner));
        foreach (var path in directories.Concat(directories.SelectMany(static directory => Inside.Select(name => Path.Combine(directory, name)))).Where(static path => Directory.Exists(path)).SelectMany(Below))
        {
            if (PlainCalls.OwnerOf(path) is { } found && found.User != owner.User && !found.IsUsableBy(owner.User, owner.Group))
            {
                (first, whose) = count++ == 0 ? (path, found) : (first, whose);
            }
        }

        if (count > 0)
        {
            findings.Add(
                "other-owner",
                first,
                $"{count} names there belong to another user (the first to {whose.User}, mode {Octal(whose.Permissions)}) than the cache does ({owner.User}), who may not use them: hits on what they are for are misses",
                $"chown -R {owner.User}:{owner.Group} on the cache's directory, while all workers are stopped; run workers and tools as one user, or with a common group");
        }
    }

    private static IEnumerable<string> Below(string directory)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A finding of its own says so.
            return [];
        }
    }

    private static string Octal(int mode) => Convert.ToString(mode, 8).PadLeft(4, '0');

    private static bool TryParse(string text, out int mode)
    {
        mode = 0;
        foreach (var digit in text.Trim())
        {
            if (digit is < '0' or > '7' || mode > 0x1FF)
            {
                return false;
            }

            mode = (mode << 3) | (digit - '0');
        }

        return mode is > 0 and <= 0x1FF;
    }
}
