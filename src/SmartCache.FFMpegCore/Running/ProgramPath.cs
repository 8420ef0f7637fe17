namespace SmartCache.FFMpegCore.Running;

/// <summary>Finds a program as the system would.</summary>
internal static class ProgramPath
{
    public static string? Find(string program)
    {
        if (program.Contains(Path.DirectorySeparatorChar) || program.Contains(Path.AltDirectorySeparatorChar))
            return File.Exists(program) ? Path.GetFullPath(program) : null;

        string[] names = OperatingSystem.IsWindows() ? [program + ".exe", program] : [program];
        foreach (var directory in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (var name in names)
            {
                var path = Path.Combine(directory, name);
                if (File.Exists(path))
                    return Path.GetFullPath(path);
            }
        }

        return null;
    }
}
