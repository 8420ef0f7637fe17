using SmartCache.Tool.Doctor;
using SmartCache.Tool.Output;

namespace SmartCache.Tool.Report;

/// <summary>The file that the page goes to: whole, or as it was.</summary>
internal static class ReportFile
{
    /// <summary>Before anything is read: whoever waits ten seconds for a large cache wants the page.</summary>
    /// <exception cref="ToolException">The file cannot lie there.</exception>
    public static void Refuse(string? path, string cache, CacheLocationOptions locations)
    {
        if (path is null or "-")
        {
            return;
        }

        var parent = Path.GetDirectoryName(path);
        if (parent is null || Directory.Exists(path))
        {
            throw new ToolException($"'{path}' is a directory: name a file in it.", ExitCode.CouldNotLook);
        }

        if (!Directory.Exists(parent))
        {
            throw new ToolException($"There is no directory '{parent}' to write the report to.", ExitCode.CouldNotLook);
        }

        if (new[] { cache, locations.Sources, locations.Profiles, locations.Uploads }.Any(place => place is not null && IsBelow(Real(parent), Real(place))))
        {
            throw new ToolException($"'{path}' lies in the cache, where only the cache's own files belong: name another place.", ExitCode.CouldNotLook);
        }
    }

    /// <exception cref="IOException">It could not be written; what was there is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static void Write(string path, string page)
    {
        if (path.StartsWith("/dev/", StringComparison.Ordinal) || (OperatingSystem.IsLinux() && PlainCalls.OwnerOf(path) is { IsPipeOrDevice: true }))
        {
            // It is written to, and somebody reads there; a rename would take its place.
            File.WriteAllText(path, page);
            return;
        }

        var temporary = Path.Combine(Path.GetDirectoryName(path)!, $".{Guid.NewGuid():N}.smartcache-report");
        try
        {
            using (var writer = new StreamWriter(new FileStream(temporary, FileMode.CreateNew, FileAccess.Write)))
            {
                writer.Write(page);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What kept it from being written is what is told.
        }
    }

    private static string Real(string directory)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        var real = Path.GetPathRoot(full)!;
        foreach (var name in full[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(real, name);
            real = new DirectoryInfo(next).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? next;
        }

        return real;
    }

    private static bool IsBelow(string path, string place) => (path + Path.DirectorySeparatorChar).StartsWith(place + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
