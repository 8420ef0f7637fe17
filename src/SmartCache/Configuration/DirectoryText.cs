namespace SmartCache.Configuration;

/// <summary>Directories. Only the text is judged here; whether the directory can be used is found out, and survived, where it is used.</summary>
internal static class DirectoryText
{
    /// <summary>Null when <paramref name="text"/> names a directory, else what is wrong with it. A relative one begins at <paramref name="baseDirectory"/>.</summary>
    public static string? Parse(string text, string baseDirectory, out string directory)
    {
        directory = "";
        if (string.IsNullOrWhiteSpace(text))
        {
            return "is empty";
        }

        if (text.AsSpan().ContainsAnyInRange('\0', '\x1f'))
        {
            return "contains control characters";
        }

        if (text.Contains("://", StringComparison.Ordinal))
        {
            return "is a URL, not a directory";
        }

        // Nobody expands these on the way from a settings file; a directory that is really called so can be given as ./~ or ./$name.
        if (text[0] is '~' or '$' or '%')
        {
            return "begins with something that only a shell would expand";
        }

        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(text, baseDirectory));
        if (Path.GetPathRoot(full) == full)
        {
            return "is the root of a file system";
        }

        directory = full;
        return null;
    }
}
