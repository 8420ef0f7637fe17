namespace SmartCache.Tool.Doctor;

/// <summary>Whether this user may do in the directories what a worker does. Nothing is made to find out.</summary>
internal static class AccessChecks
{
    private const string Advice = "run this as the worker's user; if that is who you are, mend owner, group or mode: chown, DirectoryMode, a common group with the setgid bit";

    private static readonly string[] _inside = ["", "locks", "staging", "trash"];

    /// <summary>By the options alone: what may not be looked into is what this is for.</summary>
    public static void Look(CacheOptions options, Findings findings)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var root = options.Directory!;
        string[] directories =
        [
            options.Locations.Sources ?? Path.Combine(root, "sources"),
            options.Locations.Profiles ?? Path.Combine(root, "profiles"),
            options.Locations.Uploads ?? Path.Combine(root, "uploads"),
            Path.Combine(root, "quota"),
            Path.Combine(root, "history"),
            Path.Combine(root, "remote"),
            Path.Combine(root, "remote", "outbox"),
        ];
        LookAt(root, findings);
        foreach (var directory in directories.SelectMany(static directory => _inside.Select(name => Path.Combine(directory, name).TrimEnd('/'))).Where(Directory.Exists))
        {
            LookAt(directory, findings);
        }

        foreach (var locks in directories.Select(static directory => Path.Combine(directory, "locks")).Where(static locks => Directory.Exists(locks)))
        {
            LookAtFiles(locks, findings);
        }
    }

    private static void LookAt(string directory, Findings findings)
    {
        if (PlainCalls.WhyNotUsable(directory, isDirectory: true) is { } why)
        {
            findings.Add("not-usable", directory, $"{why}{ModeOf(directory)}", Advice);
        }
    }

    // A lock that somebody made under another user turns every hit on its entry into a miss.
    private static void LookAtFiles(string locks, Findings findings)
    {
        try
        {
            var closed = Directory.EnumerateFiles(locks).Where(static path => PlainCalls.WhyNotUsable(path, isDirectory: false) is not null && File.Exists(path)).ToList();
            if (closed.Count > 0)
            {
                findings.Add("unusable-locks", closed[0], $"this user may not open {closed.Count} of the locks in {locks}{ModeOf(closed[0])}", $"{Advice}; delete them only while all workers are stopped");
            }
        }
        catch (UnauthorizedAccessException)
        {
            // A finding of its own says so.
        }
    }

    private static string ModeOf(string path)
    {
        try
        {
            return OperatingSystem.IsWindows() ? "" : $"; its mode is {Convert.ToString((int)File.GetUnixFileMode(path), 8)}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
